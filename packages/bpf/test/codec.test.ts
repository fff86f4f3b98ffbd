import {
  assemble,
  assembleInstructions,
  BpfError,
  decode,
  disassemble,
  encode,
  type Instruction,
  linkProgram,
  PSEUDO,
} from '@hookline/bpf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodable, symbolic } from './arbitrary.ts';

function withoutPositions(instructions: readonly Instruction[]): Instruction[] {
  return instructions.map(({ position, ...rest }) => rest);
}

/** Runs what may refuse its input, and lets no other error through. */
function tolerant<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof BpfError) return undefined;
    throw error;
  }
}

describe('round trips', () => {
  test('decode reads what encode wrote', () => {
    fc.assert(
      fc.property(encodable, (program) => {
        expect(decode(encode(program))).toEqual(program);
      }),
    );
  });

  test('the assembler reads what the disassembler wrote', () => {
    fc.assert(
      fc.property(symbolic, (program) => {
        expect(withoutPositions(assembleInstructions(disassemble(program)))).toEqual(program);
      }),
      { numRuns: 300 },
    );
  });
});

describe('hostile input', () => {
  test('bytes are refused, or survive a round trip', () => {
    const slot = fc.uint8Array({ minLength: 8, maxLength: 8 });
    const likely = fc.array(slot, { maxLength: 6 }).map((slots) => {
      return Uint8Array.from([...slots.flatMap((bytes) => [...bytes]), 0x95, 0, 0, 0, 0, 0, 0, 0]);
    });
    fc.assert(
      fc.property(fc.oneof(likely, fc.uint8Array({ maxLength: 64 })), (bytes) => {
        const program = tolerant(() => decode(bytes));
        if (program) expect(encode(program)).toEqual(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  test('texts are refused with an error of ours', () => {
    const words = [
      'r1',
      'w2',
      '=',
      '+=',
      '*',
      '(',
      'u32',
      ')',
      '[',
      ']',
      'map',
      'goto',
      '+',
      '-',
      '5',
      '0x1',
      'll',
      'if',
      'lock',
    ];
    const more = [
      'call',
      'exit',
      '\n',
      ':',
      '.map',
      '.program',
      'xdp',
      'hash',
      'key',
      'a',
      '"',
      '#',
      ';',
      's>',
      'skb',
      'subprog',
      ',',
    ];
    const soup = fc.array(fc.constantFrom(...words, ...more), { maxLength: 30 }).map((list) => list.join(' '));
    fc.assert(
      fc.property(fc.oneof(soup, fc.string({ unit: 'binary', maxLength: 80 })), (text) => {
        const object = tolerant(() => assemble(text));
        if (object) expect(object.kind).toBe('object');
      }),
      { numRuns: 2000 },
    );
  });
});

test('linking puts what the loader knows in the place of names', () => {
  const instructions = assembleInstructions('r1 = map[flows]\nr2 = map[config][0]+12\nr0 = 0\nexit');
  const handles = { flows: 7, config: 9 } as Readonly<Record<string, number>>;
  const linked = linkProgram({ name: 'p', instructions }, ({ kind, name, offset }) => ({
    low: handles[name] ?? 0,
    high: offset,
    pseudoSource: kind === 'map' ? PSEUDO.mapFd : PSEUDO.mapValue,
  }));
  expect(disassemble(linked)).toBe('r1 = map[fd:7]\nr2 = map[fd:9][0]+12\nr0 = 0\nexit\n');
  expect(() => encode(instructions)).toThrow("it refers to the map 'flows': link the program first.");
});
