import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeCapture } from '@hookline/pcap';
import { afterAll, describe, expect, test } from 'vitest';
import { hookline } from '../apps/cli/test/run-hookline.ts';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'hookline-end-to-end-'));
afterAll(() => rmSync(folder, { recursive: true }));

function stored(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const capture = (name: string): string => join(root, 'pcaps', name);

describe.concurrent('hookline demo', () => {
  test('reports what a person wants to know, and three commands that work as they stand', async () => {
    const { code, stdout, stderr } = await hookline(['demo'], { cwd: root });
    expect([code, stderr]).toEqual([0, '']);
    const [report = '', next = ''] = stdout.split('\nTry next\n');
    for (const word of ['XDP verdict', 'rule', 'rx_packets', 'xdp_drops', 'polls', 'dropped because', 'Virtual time']) {
      expect(report).toContain(word);
    }
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    const commands = [...next.matchAll(/^ {2}npx hookline (.*)$/gm)].map(([, command = '']) => command.split(' '));
    expect(commands).toHaveLength(3);
    const outcomes = await Promise.all(commands.map((command) => hookline(command, { cwd: root })));
    for (const outcome of outcomes) expect(outcome).toMatchObject({ code: 0, stderr: '' });
  });

  test('its JSON accounts for every frame of the capture', async () => {
    const report = JSON.parse((await hookline(['demo', '--json'])).stdout);
    const { frames, verdicts, drops, queues, virtualTimeNs, rows } = report;
    const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
    // capinfos counts 1118 packets in 1.691 s.
    expect(frames.sent).toBe(1118);
    expect(frames.received + frames.missed).toBe(1118);
    expect(sum(Object.values(verdicts))).toBe(frames.received);
    expect(frames.delivered + sum(Object.values(drops))).toBe(1118);
    expect(sum(queues.map((queue: { rx_packets: number }) => queue.rx_packets))).toBe(frames.received);
    expect(sum(rows.map((row: { packets: number }) => row.packets))).toBe(frames.received);
    expect(virtualTimeNs).toBeGreaterThan(1.69e9);
    expect(virtualTimeNs).toBeLessThan(1.7e9);
  });
});

test.concurrent('the same captures, program, options and seed give the same bytes', async () => {
  const runs = await Promise.all(
    ['one.pcapng', 'two.pcapng'].map(async (name) => {
      const out = join(folder, name);
      const files = [capture('syn-flood.pcap'), capture('office.pcapng')];
      const options = [
        '-p',
        'firewall',
        '--topspeed',
        '--loop',
        '5',
        '--seed',
        '7',
        '--ring',
        '64',
        '--json',
        '-w',
        out,
      ];
      const { code, stdout } = await hookline(['replay', ...files, ...options]);
      expect(code).toBe(0);
      return { stdout, written: readFileSync(out) };
    }),
  );
  expect(runs[1]?.stdout).toBe(runs[0]?.stdout);
  expect(runs[1]?.written.equals(runs[0]?.written ?? Buffer.alloc(0))).toBe(true);
  expect(runs[0]?.written.length).toBeGreaterThan(10_000);
});

test.concurrent('the text report is the same in a pipe as in a file: no colour, no progress', async () => {
  const path = stored('report.txt', '');
  const { stdout, stderr } = await hookline(['replay', capture('dns.pcap'), '-p', 'count']);
  await hookline(['replay', capture('dns.pcap'), '-p', 'count'], { stdout: path });
  expect(readFileSync(path, 'utf8')).toBe(stdout);
  expect([stdout.includes('\u001b'), stderr]).toEqual([false, '']);
});

test.concurrent.each([
  ['disasm', ['disasm', 'firewall']],
  ['replay', ['replay', capture('dns.pcap'), '-p', 'firewall', '--json']],
])('a reader of %s that goes away is no error', async (_command, args) => {
  const { code, stderr } = await hookline(args, { closeAfter: 10 });
  expect([code, stderr]).toEqual([0, '']);
});

const whole = readFileSync(capture('dns.pcap'));
/** A pcap whose second packet claims four billion bytes: the length is at byte 8 of its header (pcap(5)). */
const absurd = Buffer.from(
  encodeCapture(
    [0n, 1n].map((timestamp) => ({ bytes: whole.subarray(40, 100), timestamp })),
    { format: 'pcap' },
  ),
);
absurd.writeUInt32LE(0xffff_fff0, 24 + 16 + 60 + 8);
const rules = (text: string) => stored('rules.yaml', text);
const outOfBounds = 'r2 = *(u32 *)(r1 +4)\nr0 = *(u8 *)(r2 +0)\nexit\n';

describe('bad input is one clear error', () => {
  const dns = capture('dns.pcap');
  test.concurrent.each<[what: string, args: string[], code: number, message: RegExp]>([
    [
      'a truncated capture',
      [stored('cut.pcap', whole.subarray(0, -5))],
      1,
      /cut\.pcap: ends .*\(packet 28, byte \d+\)/,
    ],
    ['an absurd length', [stored('absurd.pcap', absurd)], 1, /absurd\.pcap: .*4294967280.*\(packet 2, byte 100\)/],
    ['a directory', [join(root, 'pcaps')], 1, /is a directory, not a capture\. Name a capture file in it/],
    ['an empty file', [stored('empty.pcap', '')], 1, /empty\.pcap: is empty/],
    ['a missing file', [join(folder, 'missing.pcap')], 1, /missing\.pcap: does not exist\. Check the path/],
    ['an unknown program', [dns, '-p', 'fierwall'], 2, /'fierwall' is neither a file nor .*firewall, .*count/],
    [
      'an unknown config key',
      [dns, '-p', 'firewall', '-c', rules('default: pass\nruels: []\n')],
      1,
      /rules\.yaml:2:\d+: ruels: .*did you mean 'rules'\?/,
    ],
    [
      'a program that reads out of bounds',
      [dns, '-p', stored('bounds.asm', outOfBounds)],
      1,
      /instruction 1, .*bounds\.asm:2:1\): a read of 1 byte .*: check the bounds before the access/,
    ],
    [
      'a program that loops for ever',
      [dns, '-p', stored('loop.asm', 'r0 = 2\ngoto -1\nexit\n')],
      1,
      /instruction 1, .*loop\.asm:2:1\): .*100000000 instructions in one run: bound the loop/,
    ],
    [
      'a module that waits for ever',
      [dns, '-p', stored('waits.mjs', 'await new Promise(() => {});')],
      1,
      /waits\.mjs: it waits for something that never comes.*: look at its top-level await/,
    ],
    ['an option value', [dns, '--ring', '13'], 2, /13: give a multiple of 8 from 64 to 8160/],
    ['two contradicting options', [dns, '--pps', '5', '--topspeed'], 2, /cannot be used with .* See: hookline replay/],
  ])('%s', async (_what, args, code, message) => {
    const outcome = await hookline(['replay', ...args]);
    expect(outcome.stderr).toMatch(/^hookline: [^\n]+\n$/);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.code).toBe(code);
  });
});
