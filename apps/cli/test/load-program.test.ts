import { describe, expect, test } from 'vitest';
import { loadProgram } from '../src/program/load-program.ts';
import type { ProgramOptions } from '../src/program/program-options.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const two = folder.write(
  'two.ts',
  `import { DROP, PASS, hash, tc, u32, xdp } from 'hookline';
   export const seen = hash('seen', { key: u32, value: u32, maxEntries: 8 });
   export const edge = xdp('edge', () => DROP);
   export const edgeTc = tc('edge_tc', () => PASS);
   export const unrelated = { kind: 'map of the town' };`,
);
const object = folder.write(
  'object.mts',
  `import { DROP, PASS, bpfObject, xdp } from 'hookline';
   export const both = bpfObject({ first: xdp('first', () => DROP), second: xdp('second', () => PASS) });`,
);
const service = folder.write(
  'service.mjs',
  `import { DROP, PASS, bpfObject, xdp } from '@hookline/builder';
   export const gate = {
     kind: 'service', version: 1, name: 'gate', summary: 'Opens or not.', defaults: { open: true },
     schema: { parse: (value) => value },
     build: ({ open }) => bpfObject({ gate: xdp('gate', () => (open ? PASS : DROP)) }),
     control: () => undefined,
     report: () => [],
   };`,
);
const text = folder.write('text.asm', '.program in xdp\nr0 = 1\nexit\n.program out tc\nr0 = 2\nexit\n');
const number = folder.write('1#2.asm', 'r0 = 2\nexit\n');
const closed = folder.write('closed.yaml', 'open: false\n');
const rules = folder.write('rules.yaml', 'default: pass\nrules:\n  - { name: x, action: drop, interface: eth1 }\n');

async function summary(reference: string, options: ProgramOptions = {}) {
  const { name, xdp, tc, object } = await loadProgram(reference, options);
  return { name, xdp, tc, programs: Object.keys(object.programs), maps: Object.keys(object.maps) };
}

describe('a program is found', () => {
  test('by the name under which it ships, on either hook', async () => {
    expect(await summary('count')).toMatchObject({ name: 'count', xdp: 'onXdp', tc: undefined });
    expect(await summary('count', { hook: 'tc' })).toMatchObject({ name: 'count', xdp: undefined, tc: 'onTc' });
  });

  test('in a module that lies in no project, with the maps of the module', async () => {
    expect(await summary(`${two}#edge`)).toEqual({
      name: 'edge',
      xdp: 'edge',
      tc: undefined,
      programs: ['edge'],
      maps: ['seen'],
    });
    expect(await summary(two, { hook: 'tc' })).toMatchObject({ tc: 'edgeTc', programs: ['edgeTc'] });
  });

  test('or several at once, to look at', async () => {
    expect(await summary(two, { all: true })).toMatchObject({ programs: ['edge', 'edgeTc'], xdp: undefined });
    expect(await summary(text, { all: true })).toMatchObject({ programs: ['in', 'out'], xdp: undefined });
  });

  test('in an object', async () => {
    expect(await summary(`${object}#both.second`)).toMatchObject({ xdp: 'second', programs: ['first', 'second'] });
  });

  test("in a user's service, with its configuration", async () => {
    const immediates = async (options: ProgramOptions) =>
      (await loadProgram(service, options)).object.programs.gate?.instructions.map(({ immediate }) => immediate);
    // XDP_PASS is 2, XDP_DROP is 1 (linux/bpf.h).
    expect(await immediates({})).toContain(2);
    expect(await immediates({ config: closed })).toContain(1);
  });

  test('in assembly', async () => {
    expect(await summary(`${text}#out`)).toMatchObject({ tc: 'out', programs: ['in', 'out'] });
    expect(await summary(text, { hook: 'xdp' })).toMatchObject({ xdp: 'in' });
    expect(await summary(number)).toMatchObject({ name: 'main', xdp: 'main' });
  });

  test('and interfaces in its rules are those of the host', async () => {
    const devices = [{ name: 'eth1', ifindex: 3 }];
    expect(await summary('firewall', { config: rules, devices })).toMatchObject({ name: 'firewall' });
  });
});

function module(body: string): string {
  count += 1;
  return folder.write(`m${count}.ts`, `import { DROP, PASS, bytes, u32, xdp } from 'hookline';\n${body}\n`);
}
let count = 0;

describe('what cannot be used is one sentence with the place and the remedy', () => {
  const only = module("export const only = xdp('only', () => PASS);");
  test.each<[what: string, reference: string, options: ProgramOptions, code: string, message: RegExp]>([
    ['an unknown name', 'firewal', {}, 'PROGRAM_UNKNOWN', /'firewal' is neither a file .* firewall, .*count, /],
    ['a folder', folder.path, {}, 'PROGRAM_UNKNOWN', /is neither a file/],
    ['another kind of file', closed, {}, 'PROGRAM_UNKNOWN', /name a file that ends in \.ts/],
    ['a configuration for several', two, { all: true, config: closed }, 'BAD_ARGUMENT', /takes no configuration/],
    ['two programs', two, {}, 'PROGRAM_UNKNOWN', /2 programs: choose \S+two\.ts#edge, \S+two\.ts#edgeTc\.$/],
    ['an unknown export', `${two}#seen`, {}, 'PROGRAM_UNKNOWN', /no program 'seen': choose \S+#edge, /],
    ['the other hook', `${two}#edge`, { hook: 'tc' }, 'PROGRAM_UNKNOWN', /'edge' for the tc hook: choose \S+#edgeTc\./],
    ['a service for the other hook', service, { hook: 'tc' }, 'PROGRAM_UNKNOWN', /without a program for the tc hook: /],
    ['no program', module('export const x = u32;'), {}, 'PROGRAM_UNKNOWN', /exports no program: export what xdp\(/],
    ['an object of two', object, {}, 'PROGRAM_UNKNOWN', /2 programs: choose \S+#both\.first, \S+#both\.second\.$/],
    ['assembly of two', text, {}, 'PROGRAM_UNKNOWN', /2 programs: choose \S+asm#in, \S+asm#out\.$/],
    ['a configuration for a program', only, { config: closed }, 'BAD_ARGUMENT', /#only takes no configuration: leave/],
    ['a configuration for assembly', number, { config: closed }, 'BAD_ARGUMENT', /takes no configuration: leave/],
    ['a missing configuration', 'firewall', { config: '/nowhere.yaml' }, 'CONFIG_UNREADABLE', /does not exist: name/],
    ['a folder for a configuration', 'firewall', { config: folder.path }, 'CONFIG_UNREADABLE', /is a directory: name/],
    [
      'an unknown key',
      'firewall',
      { config: folder.write('key.yaml', 'default: pass\nrules:\n  - { name: x, action: drop, protcol: tcp }\n') },
      'CONFIG_INVALID',
      /key\.yaml:3:\d+: rules\[0\]\.protcol: .*did you mean 'protocol'\?/,
    ],
    [
      'a configuration where none is known',
      'count',
      { config: closed },
      'CONFIG_INVALID',
      /closed\.yaml:1:\d+: open: /,
    ],
    ['assembly', folder.write('bad.asm', 'r0 = 1\nr0 ?= 2\nexit\n'), {}, 'ASSEMBLY_INVALID', /bad\.asm:2:\d+: /],
    ['a syntax error', module('\nconst x: = 3;'), {}, 'PROGRAM_FILE', /m\d+\.ts:3:10: .*: correct the syntax\.$/],
    ['an enum', module('enum X { A }'), {}, 'PROGRAM_FILE', /m\d+\.ts:2:1: .*enum.*: write it without enums/],
    ['a missing package', module("import 'no-such-package';"), {}, 'PROGRAM_FILE', /m\d+\.ts: .*'no-such-package': /],
    ['a missing file', module("import './gone.ts';"), {}, 'PROGRAM_FILE', /m\d+\.ts: .*gone\.ts': correct the name/],
    [
      'a name that is not exported',
      module("import {\n  lpmTree } from 'hookline';"),
      {},
      'PROGRAM_FILE',
      /m\d+\.ts:3:3: .*'lpmTree': correct the/,
    ],
    [
      'a throw at import',
      module("\nthrow new Error('no luck');"),
      {},
      'PROGRAM_FILE',
      /m\d+\.ts:3:7: Error: no luck: /,
    ],
    ['a throw of no error', module("throw 'luck';"), {}, 'PROGRAM_FILE', /m\d+\.ts: threw "luck": throw errors only/],
    [
      'a throw in a body',
      module("export const x = xdp('x', () => {\n  throw new TypeError('here');\n});"),
      {},
      'PROGRAM_FILE',
      /m\d+\.ts:3:9: TypeError: here: /,
    ],
    ['a layout at import', module('export const s = bytes(-1);'), {}, 'PROGRAM_FILE', /m\d+\.ts:2:18: .*-1/],
    [
      'a body without a verdict',
      module("export const x = xdp('x', () => undefined as never);"),
      {},
      'BUILD_VERDICT',
      /m\d+\.ts:2:\d+: .*return PASS or DROP/,
    ],
    [
      'another version of the contract',
      folder.write('future.mjs', "export const x = { kind: 'program', version: 2, hook: 'xdp' };"),
      {},
      'PROGRAM_FILE',
      /future\.mjs#x was made for version 2 of the contract, this is 1: use one version/,
    ],
  ])('%s', async (_what, reference, options, code, message) => {
    const error = await loadProgram(reference, options).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(String(error)).not.toContain('\n');
  });
});
