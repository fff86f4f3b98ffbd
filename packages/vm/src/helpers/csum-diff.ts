import { ERRNO } from '@hookline/bpf';
import type { LinearMemory } from '@hookline/machine';
import type { Engine } from '../engine/engine.ts';
import { readableArgument } from '../memory/checks.ts';
import { R1, R2, R3, R4, R5, sizeArgument, u32Argument } from './arguments.ts';
import type { Helper } from './helper.ts';
import { addSums, foldSum, subtractSums, sumMemory } from './ones-complement.ts';

/** MAX_BPF_STACK: both buffers together, before 6.13. */
const MOST_BYTES = 512;

/**
 * bpf_csum_diff in net/core/filter.c. Up to 6.12 it took multiples of 4 and returned the sum unfolded; since then it
 * takes any size and returns 16 bits.
 */
export const checksumHelpers = {
  csum_diff(engine: Engine): void {
    const { memory, options } = engine;
    const fromSize = sizeArgument(engine, R2);
    const toSize = sizeArgument(engine, R4);
    const from = readableArgument(engine, R1, fromSize);
    const to = readableArgument(engine, R3, toSize);
    const seed = u32Argument(engine, R5);
    const isOld = options.kernel === '6.12';
    if (isOld && ((fromSize | toSize) % 4 !== 0 || fromSize + toSize > MOST_BYTES)) {
      engine.return(-ERRNO.EINVAL);
      return;
    }
    if (isOld) {
      // The old code sums the complements of the words.
      const complement = complementSum(engine, from, fromSize);
      engine.returnUnsigned(addSums(complement, sumMemory(memory, to, toSize, seed)));
      return;
    }
    engine.returnUnsigned(foldSum(difference(memory, { from, fromSize, to, toSize, seed })));
  },
} satisfies Record<string, Helper>;

interface Buffers {
  readonly from: number;
  readonly fromSize: number;
  readonly to: number;
  readonly toSize: number;
  readonly seed: number;
}

/**
 * One's complement has two zeros, 0 and 0xffff: each of the kernel's three ways leads to the zero of its own, and a
 * program sees which.
 */
function difference(memory: LinearMemory, { from, fromSize, to, toSize, seed }: Buffers): number {
  if (fromSize === 0) return sumMemory(memory, to, toSize, seed);
  if (toSize === 0) return ~sumMemory(memory, from, fromSize, ~seed);
  return subtractSums(sumMemory(memory, to, toSize, seed), sumMemory(memory, from, fromSize, 0));
}

function complementSum(engine: Engine, address: number, length: number): number {
  const { view } = engine.memory;
  let sum = 0;
  for (let i = 0; i < length; i += 4) sum = addSums(sum, ~view.getUint32(address + i, true));
  return sum;
}
