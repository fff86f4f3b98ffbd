import { readFileSync } from 'node:fs';
import { asm, encode } from '@hookline/bpf';
import { expect, test } from 'vitest';
import { OPERATION } from '../src/prepare/operation.ts';
import { execute, machine } from './machine.ts';

test('the interpreter has a case for every operation of the table, under its number', () => {
  const source = readFileSync(new URL('../src/engine/interpreter.ts', import.meta.url), 'utf8');
  const cases = new Map(
    [...source.matchAll(/case (0x[0-9a-f]+): \{? ?\/\/ (\w+)$/gm)].map(([, at, name]) => [name, Number(at)]),
  );
  const { past, ...own } = OPERATION;
  for (const [name, number] of Object.entries(own)) expect([name, cases.get(name)]).toEqual([name, number]);
  expect(cases.has('past')).toBe(false);
  expect(past).toBeGreaterThan(0);
});

test('operations that are done together give what they give apart', () => {
  // A jump to the second of them runs it alone.
  const bounds = (size: number): string =>
    `r2 = r1\nr2 += ${size}\nr3 = r1\nr3 += 8\nr4 = r2\nr4 += 4\nif r4 > r3 goto +2\nr0 = 1\nexit\nr0 = 2\nexit`;
  const memory = new Uint8Array(8);
  expect(execute(bounds(4), memory)).toBe(1n);
  expect(execute(bounds(5), memory)).toBe(2n);
  const test8 = 'r0 = 0\nr2 = *(u8 *)(r1 +0)\nif r2 != 7 goto +1\nr0 = 1\nexit';
  expect(execute(test8, Uint8Array.of(7))).toBe(1n);
  expect(execute(test8, Uint8Array.of(8))).toBe(0n);
  const into = 'r2 = 0\nr3 = 5\ngoto +1\nr2 = r3\nr2 += 1\nr0 = r2\nexit';
  expect(execute(into)).toBe(1n);
});

test('a fault in a fused operation names the instruction at fault', () => {
  expect(() => execute('r0 = 0\nr2 = *(u8 *)(r1 +1)\nif r2 != 7 goto +1\nr0 = 1\nexit', Uint8Array.of(7))).toThrow(
    /instruction 1, r2 = \*\(u8 \*\)\(r1 \+1\)/,
  );
});

test('execute: r1 is the memory and r2 its length, which the program may change', () => {
  const memory = Uint8Array.of(1, 2, 3, 4);
  expect(execute('r0 = *(u32 *)(r1 +0)\nr0 = be32 r0\n*(u16 *)(r1 +2) = r0\nexit', memory)).toBe(0x0102_0304n);
  expect([...memory]).toEqual([1, 2, 4, 3]);
  expect(execute('r0 = r2\nexit', memory)).toBe(4n);
  expect(execute('r0 = r1\nexit')).toBe(0n);
  expect(execute('r0 = -1\nexit')).toBe(2n ** 64n - 1n);
});

test('64-bit immediates, loads and stores of every size', () => {
  expect(execute('r0 = 0x8877665544332211 ll\nexit')).toBe(0x8877_6655_4433_2211n);
  const stored = 'r1 = 0x8877665544332211 ll\n*(u64 *)(r10 -8) = r1\n';
  expect(execute(`${stored}r0 = *(u8 *)(r10 -1)\nexit`)).toBe(0x88n);
  expect(execute(`${stored}r0 = *(u16 *)(r10 -2)\nexit`)).toBe(0x8877n);
  expect(execute(`${stored}r0 = *(u32 *)(r10 -7)\nexit`)).toBe(0x5544_3322n);
  expect(execute(`${stored}r0 = *(s8 *)(r10 -1)\nexit`)).toBe(0xffff_ffff_ffff_ff88n);
  expect(execute(`${stored}r0 = *(s16 *)(r10 -2)\nexit`)).toBe(0xffff_ffff_ffff_8877n);
  expect(execute(`${stored}r0 = *(s32 *)(r10 -4)\nexit`)).toBe(0xffff_ffff_8877_6655n);
  expect(execute('*(u64 *)(r10 -8) = -2\nr0 = *(u64 *)(r10 -8)\nexit')).toBe(2n ** 64n - 2n);
});

test('a program is what its bytes are', () => {
  // mov64 r0, 0x11; exit, as in the first example of RFC 9669's appendix of opcodes.
  const instructions = [asm.mov(0, { immediate: 0x11 }), asm.exit()];
  expect(Buffer.from(encode(instructions)).toString('hex')).toBe('b7000000110000009500000000000000');
  expect(machine().execute(instructions)).toBe(0x11n);
});
