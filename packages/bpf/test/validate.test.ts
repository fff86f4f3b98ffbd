import { asm, BpfError, decode, encode, type Instruction, OPCODE, validate } from '@hookline/bpf';
import { describe, expect, test } from 'vitest';
import { fromHex, readVectors } from './vectors.ts';

const EXIT = '9500000000000000';

/** Bytes, slot, and words of the error. RFC 9669 section 3: unused fields are 0; section 4 and 5: what exists. */
const REFUSED: readonly (readonly [what: string, hex: string, slot: number, words: string])[] = [
  ['nothing', '', 0, 'the program is empty'],
  ['half an instruction', '95000000', 0, '4 bytes of 8'],
  ['an opcode that does not exist', `ff00000000000000${EXIT}`, 0, 'opcode 0xff does not exist'],
  ['a call through a register', `8d00000000000000${EXIT}`, 0, 'opcode 0x8d does not exist'],
  ['a source that is not used', `b710000001000000${EXIT}`, 0, 'source is not used here'],
  ['an immediate that is not used', `bf10000001000000${EXIT}`, 0, 'immediate is not used here'],
  ['an offset of an addition', `0700010001000000${EXIT}`, 0, 'offset is not used here'],
  ['an offset of a division other than 1', `3700020001000000${EXIT}`, 0, 'offset 2 has no meaning here'],
  ['a 32-bit move that extends 32 bits', `bc10200000000000${EXIT}`, 0, 'offset 32 has no meaning here'],
  ['an immediate move that extends', `b700080001000000${EXIT}`, 0, 'offset is not used here'],
  ['a swap of 8 bits', `dc00000008000000${EXIT}`, 0, 'immediate 8 has no meaning here'],
  ['a 64-bit swap with a source', `df00000010000000${EXIT}`, 0, 'opcode 0xdf does not exist'],
  ['a negation with an operand', `8700000001000000${EXIT}`, 0, 'immediate is not used here'],
  ['exit with a value', '9500000001000000', 0, 'immediate is not used here'],
  ['a load into r10', `790a000000000000${EXIT}`, 0, 'r10, the frame pointer, is read-only'],
  ['a move into r10', `b70a000000000000${EXIT}`, 0, 'r10, the frame pointer, is read-only'],
  ['r11', `b70b000000000000${EXIT}`, 0, 'r11 does not exist'],
  ['r15 as a source', `bff0000000000000${EXIT}`, 0, 'r15 does not exist'],
  ['an atomic subtraction', `db21000010000000${EXIT}`, 0, 'immediate 16 has no meaning here'],
  ['a 16-bit atomic addition', `cb21000000000000${EXIT}`, 0, 'immediate 0 has no meaning here'],
  ['an exchange with r10', `dba10000e1000000${EXIT}`, 0, 'r10, the frame pointer, is read-only'],
  ['half a 64-bit load', '1801000000000000', 0, 'without its second slot'],
  ['a 64-bit load whose second half is an instruction', `1801000000000000${EXIT}`, 1, 'holds more than an immediate'],
  ['an unknown kind of 64-bit load', `18710000000000000000000000000000${EXIT}`, 0, 'source 7 has no meaning here'],
  ['a map with an upper half', `18110000010000000000000001000000${EXIT}`, 0, 'the upper half is not used here'],
  ['a jump past the end', `0500010000000000${EXIT}`, 0, 'it goes to slot 2'],
  ['a jump before the start', `0500feff00000000${EXIT}`, 0, 'it goes to slot -1'],
  ['a jump into a 64-bit load', `050001000000000018010000000000000000000000000000${EXIT}`, 0, 'the middle of'],
  ['a call into a 64-bit load', `851000000100000018010000000000000000000000000000${EXIT}`, 0, 'the middle of'],
  ['a long jump with an offset', `0600010000000000${EXIT}`, 0, 'offset is not used here'],
  ['a call of kind 3', `8530000000000000${EXIT}`, 0, 'source 3 has no meaning here'],
  ['falling off the end', `${EXIT}b700000000000000`, 1, 'the function runs past its end'],
  ['falling into another function', `8510000000000000b700000000000000${EXIT}`, 0, 'the function runs past its end'],
  [
    'a jump into another function',
    `8510000002000000050001000000000095000000000000009500000000000000`,
    1,
    'another function',
  ],
];

function errorOf(action: () => unknown): BpfError {
  try {
    action();
  } catch (error) {
    if (error instanceof BpfError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('decode refuses', () => {
  test.each(REFUSED)('%s', (_what, hex, slot, words) => {
    const error = errorOf(() => decode(fromHex(hex)));
    expect(error).toMatchObject({ code: 'INSTRUCTION_INVALID', place: { instruction: slot } });
    expect(error.message).toContain(words);
  });
});

test('the opcodes that exist are those of the kernel', () => {
  const exists = (opcode: number): boolean => {
    const wide = opcode === OPCODE.loadImmediate64 ? { immediateHigh: 0 } : {};
    const instruction = { opcode, destination: 0, source: 0, offset: 0, immediate: 0, ...wide };
    try {
      validate([instruction, asm.exit()]);
      return true;
    } catch (error) {
      return error instanceof BpfError && !error.message.includes('does not exist');
    }
  };
  const opcodes = Array.from({ length: 256 }, (_, opcode) => opcode).filter(exists);
  expect(opcodes).toEqual(readVectors('opcodes-6.18.tsv').map(([hex = '']) => Number.parseInt(hex, 16)));
});

/** One of each addition to the instruction set. */
const ACCEPTED: readonly (readonly [what: string, hex: string])[] = [
  ['v3: a 32-bit jump', `2e21000000000000${EXIT}`],
  ['v3: compare and exchange', `db210000f1000000${EXIT}`],
  ['v4: a store of an immediate', `7a0af8ff07000000${EXIT}`],
  ['v4: a signed load', `9121000000000000${EXIT}`],
  ['v4: a signed move', `bf21200000000000${EXIT}`],
  ['v4: a signed division by a register', `3f21010000000000${EXIT}`],
  ['v4: an unconditional swap', `d701000040000000${EXIT}`],
  ['v4: a long jump', `0600000000000000${EXIT}`],
  ['a load-acquire of one byte', `d321000000010000${EXIT}`],
  ['a store-release of two bytes', `cb21000010010000${EXIT}`],
  ['the source of a compare-and-exchange in r10', `dba10000f1000000${EXIT}`],
  ['a legacy packet load', `3000000017000000${EXIT}`],
  ['a division by 0, which RFC 9669 defines', `3700000000000000${EXIT}`],
  ['a shift by more than the width', `6700000041000000${EXIT}`],
  ['an endless loop', '0500ffff00000000'],
];

describe('decode accepts', () => {
  test.each(ACCEPTED)('%s', (_what, hex) => {
    expect(encode(decode(fromHex(hex)))).toEqual(fromHex(hex));
  });
});

const place = { file: 'edge.ts', line: 4, column: 9 };
const UNENCODABLE: readonly (readonly [what: string, instruction: Instruction, words: string])[] = [
  ['an immediate of 33 bits', asm.mov(0, { immediate: 0xffff_ffff }), 'does not fit 32 signed bits'],
  ['an offset of 17 bits', asm.load(4, 0, 1, 0x8000), 'offset 32768 does not fit 16 bits'],
  ['a fraction', asm.mov(0, { immediate: 0.5 }), 'does not fit 32 signed bits'],
  ['a register of five bits', asm.mov(16, { immediate: 0 }), 'give a register, 0 to 10'],
];

test.each(UNENCODABLE)('encode refuses %s, and says where it was written', (_what, instruction, words) => {
  const error = errorOf(() => encode([asm.exit(), { ...instruction, position: place }]));
  expect(error).toMatchObject({ code: 'INSTRUCTION_INVALID', place: { instruction: 1, position: place } });
  expect(error.message).toContain('Instruction 1 (edge.ts:4:9): ');
  expect(error.message).toContain(words);
});

test('validate refuses a reference on another instruction', () => {
  const wrong = { ...asm.mov(1, { immediate: 0 }), reference: { kind: 'map', name: 'm', offset: 0 } } as const;
  expect(errorOf(() => validate([wrong, asm.exit()])).message).toContain(
    'only a 64-bit immediate load refers to a map',
  );
});

test('a 64-bit load takes two slots of every distance', () => {
  const program = [asm.jump(2), asm.loadImmediate64(1, 0, 0), asm.exit()];
  expect(() => validate(program)).not.toThrow();
});
