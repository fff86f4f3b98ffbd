import { array, asm, type BpfObject, checkObject, hash, type Instruction, type ProgramSpec } from '@hookline/bpf';
import { u32, u64 } from '@hookline/layout';
import { describe, expect, test } from 'vitest';

const flows = hash('flows', { key: u32, value: u64, maxEntries: 4 });
const config = array('config', { value: u64, maxEntries: 1 });

function program(changes: Partial<ProgramSpec> = {}): ProgramSpec {
  const instructions = [asm.mov(0, { immediate: 2 }), asm.exit()];
  const functions = [{ name: 'main', slot: 0, parameters: 1 }];
  return { kind: 'program', name: 'p', type: 'xdp', license: 'GPL', instructions, functions, ...changes };
}

function object(own: Partial<ProgramSpec>, maps: BpfObject['maps'] = { flows, config }): BpfObject {
  return { kind: 'object', programs: { p: program(own) }, maps };
}

function loading(...instructions: readonly Instruction[]): Partial<ProgramSpec> {
  return { instructions: [...instructions, asm.exit()] };
}

test('an object whose parts fit together passes', () => {
  expect(() => checkObject(object(loading(asm.loadMap(1, 'flows'), asm.loadMapValue(2, 'config', 7))))).not.toThrow();
});

const CASES: readonly (readonly [what: string, object: BpfObject, code: string, words: string])[] = [
  ['two maps of one name', object({}, { a: flows, b: flows }), 'OBJECT_INVALID', "Two maps are called 'flows'"],
  ['a bad map', object({}, { a: { ...flows, maxEntries: 0 } }), 'MAP_INVALID', "Map 'flows' (hash): maxEntries is 0"],
  ['a bad program name', object({ name: 'a b' }), 'OBJECT_INVALID', "Program 'a b': a name is 1 to 15"],
  ['a bad instruction', object(loading(asm.mov(12, { immediate: 0 }))), 'INSTRUCTION_INVALID', 'r12 does not exist'],
  ['an unknown map', object(loading(asm.loadMap(1, 'other'))), 'INSTRUCTION_INVALID', "no map 'other' in the object"],
  [
    'the value of a hash',
    object(loading(asm.loadMapValue(1, 'flows', 0))),
    'INSTRUCTION_INVALID',
    'only an array with one entry has',
  ],
  [
    'an offset past the value',
    object(loading(asm.loadMapValue(1, 'config', 8))),
    'INSTRUCTION_INVALID',
    "offset 8 is past the 8 bytes of 'config'",
  ],
  ['no functions', object({ functions: [] }), 'OBJECT_INVALID', 'list at least the main one'],
  [
    'a main function elsewhere',
    object({ functions: [{ name: 'main', slot: 1, parameters: 0 }] }),
    'OBJECT_INVALID',
    'the first function starts at slot 1',
  ],
  [
    'a function past the end',
    object({ functions: [...program().functions, { name: 'next', slot: 2, parameters: 0 }] }),
    'OBJECT_INVALID',
    "the function 'next' starts at slot 2",
  ],
  [
    'a function that is called and not listed',
    object({ instructions: [asm.callLocal(1), asm.exit(), asm.mov(0, { immediate: 0 }), asm.exit()] }),
    'OBJECT_INVALID',
    'slot 2 is called, but no function starts there',
  ],
  [
    'a function with a space in its name',
    object({ functions: [{ name: 'a b', slot: 0, parameters: 0 }] }),
    'OBJECT_INVALID',
    'its name must be a C identifier',
  ],
];

describe('checkObject refuses', () => {
  test.each(CASES)('%s', (_what, subject, code, words) => {
    expect(() => checkObject(subject)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(words) }),
    );
  });
});
