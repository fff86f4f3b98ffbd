import { assembleInstructions, decodeUnchecked, encode, formatInstruction } from '@hookline/bpf';
import { describe, expect, test } from 'vitest';
import { fromHex, readVectors, toHex } from './vectors.ts';

/** Slots before and after the line, so that jumps have somewhere to go. */
const ROOM = 6;

function bytesOf(line: string): string {
  const text = `${'r0 = 0\n'.repeat(ROOM)}${line}\n${'exit\n'.repeat(ROOM)}`;
  return toHex(encode(assembleInstructions(text))).slice(ROOM * 16, -ROOM * 16);
}

/** The log prints distances from `pc`, the bits of compared numbers, and no `ll`. */
function asInLog(line: string): string {
  return line
    .replace(/goto(l?) \+/, 'goto$1 pc+')
    .replace(/(if .* )(-?\d+)( goto)/, (_, left: string, number: string, right: string) => {
      return `${left}0x${(Number(number) >>> 0).toString(16)}${right}`;
    })
    .replace(/ ll$/, '');
}

describe('the notation of the verifier log', () => {
  test.each(readVectors('kernel-6.18.tsv'))('%s is %s', (hex, line) => {
    const [instruction] = decodeUnchecked(fromHex(hex));
    expect(instruction && asInLog(formatInstruction(instruction))).toBe(line);
    expect(bytesOf(`12: (${hex.slice(0, 2)}) ${line}      ; R0=0`)).toBe(hex);
  });
});

describe('the notation of LLVM', () => {
  test.each(readVectors('llvm-14.tsv'))('%s is %s', (hex, line) => {
    expect(bytesOf(line)).toBe(hex);
  });
});
