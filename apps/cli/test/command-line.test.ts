import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hookline } from './run-hookline.ts';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** Prints the name of every module that is loaded on standard error. */
const TRACE = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  import { writeSync } from 'node:fs';
  registerHooks({ load(url, context, next) { writeSync(2, url + '\\n'); return next(url, context); } });
`)}`;

describe.concurrent('hookline', () => {
  test('--version', async () => {
    expect(await hookline(['--version'])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
  });

  test('without arguments, and with --help, it prints help', async () => {
    const bare = await hookline([]);
    expect(bare).toMatchObject({ code: 0, stderr: '' });
    expect(bare.stdout).toMatch(/^Usage: hookline/);
    expect(bare.stdout).toMatch(/^ {2}capture .*show what a capture file holds$/m);
    expect(await hookline(['--help'])).toEqual(bare);
    expect(await hookline(['help'])).toEqual(bare);
  });

  test('help for a command below another, both ways', async () => {
    const help = await hookline(['help', 'vm', 'exec']);
    expect(help).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^Usage: hookline vm exec /) });
    expect(await hookline(['vm', 'exec', '--help'])).toEqual(help);
  });

  test('every command has examples in its help, and each example starts with the command', async () => {
    const { stdout } = await hookline([]);
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) \[options\]/gm)].map(([, name]) => name ?? '');
    expect(commands).toContain('capture');
    for (const command of commands) {
      const help = await hookline([command, '--help']);
      expect(help.code).toBe(0);
      const [, found = ''] = help.stdout.split('\nExamples:\n');
      // A line that says what the next one does begins with #.
      const lines = found
        .trimEnd()
        .split('\n')
        .filter((line) => !/^ *#/.test(line));
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) expect(line).toMatch(new RegExp(`\\bhookline ${command}\\b`));
    }
  });

  test('help loads no package of the workspace', async () => {
    const { stderr } = await hookline(['--help'], { node: ['--import', TRACE] });
    const loaded = stderr.split('\n').filter((url) => url.startsWith('file:'));
    expect(loaded.some((url) => url.includes('/apps/cli/src/command-line.ts'))).toBe(true);
    expect(loaded.filter((url) => url.includes('/packages/') || url.includes('/rxjs'))).toEqual([]);
  });

  test.each([
    ['an unknown command', ['bogus'], /unknown command 'bogus'/, 'hookline --help'],
    ['a command that is nearly right', ['captures'], /Did you mean capture\?/, 'hookline --help'],
    ['an unknown option', ['--bogus'], /unknown option '--bogus'/, 'hookline --help'],
    [
      'an unknown option of a command',
      ['capture', 'x', '--bogus'],
      /unknown option '--bogus'/,
      'hookline capture --help',
    ],
    ['two paces', ['replay', 'x', '--pps', '3', '-t'], /'--pps <rate>' cannot be used with/, 'hookline replay --help'],
    ['a choice', ['replay', 'x', '--cut', 'off'], /Allowed choices are pad, keep, skip/, 'hookline replay --help'],
    ['a missing argument', ['capture'], /missing required argument 'file'/, 'hookline capture --help'],
    ['one argument too many', ['capture', 'x', 'y'], /too many arguments/, 'hookline capture --help'],
    ['an option value', ['capture', 'x', '-n', '-3'], /not a whole number\. See/, 'hookline capture --help'],
  ])('%s is a wrong call: one line, exit code 2', async (_name, args, message, where) => {
    const { code, stdout, stderr } = await hookline(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^hookline: [^\n]+\n$/);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().endsWith(`See: ${where}`)).toBe(true);
  });

  test('--debug adds the stack, before and after the command', async () => {
    for (const args of [
      ['--debug', 'capture', '/nowhere/x.pcap'],
      ['capture', '/nowhere/x.pcap', '--debug'],
    ]) {
      const { code, stderr } = await hookline(args);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^hookline: .*does not exist.*\n/);
      expect(stderr).toMatch(/\n {4}at .*byte-source/);
    }
  });

  test('colour only where it is wanted', async () => {
    const colour = '\u001b[';
    expect((await hookline(['--help'], { env: { NO_COLOR: '' } })).stdout).not.toContain(colour);
    expect((await hookline(['--help'], { env: { NO_COLOR: '', FORCE_COLOR: '1' } })).stdout).toContain(colour);
  });
});
