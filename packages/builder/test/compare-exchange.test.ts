import { disassemble } from '@hookline/bpf';
import { u32, u64 } from '@hookline/layout';
import { expect, test } from 'vitest';
import { array, bpfObject, PASS, xdp } from '../src/index.ts';

const narrow = array('narrow', { value: u32, maxEntries: 1 });
const wide = array('wide', { value: u64, maxEntries: 1 });
const object = bpfObject({
  narrowly: xdp('narrowly', () => {
    const cell = narrow.lookup(0).orReturn(PASS);
    cell.set(cell.compareExchange(1, 2));
    return PASS;
  }),
  widely: xdp('widely', () => {
    const cell = wide.lookup(0).orReturn(PASS);
    cell.set(cell.compareExchange(1, 2));
    return PASS;
  }),
});

// Linux 6.18 can leave the upper half of r0 after a 32-bit cmpxchg that succeeds; r0 of a 64-bit one has none to lose.
test.each([
  [32, object.programs.narrowly, true],
  [64, object.programs.widely, false],
] as const)('a compareExchange of %i bits zeroes the upper half of its result: %s', (_, program, zeroes) => {
  const code = disassemble(program)
    .split('\n')
    .map((line) => line.trim());
  const at = code.findIndex((line) => line.includes('cmpxchg'));
  expect(at).toBeGreaterThan(0);
  expect(code[at + 1] === 'w0 = w0').toBe(zeroes);
});
