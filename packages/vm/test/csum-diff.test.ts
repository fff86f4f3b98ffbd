import { assemble } from '@hookline/bpf';
import { LinearMemory, Random, VirtualClock } from '@hookline/machine';
import { expect, test } from 'vitest';
import { Vm } from '../src/index.ts';

/** csum_diff of up to four bytes of zeros or ones, with a seed. */
function csumDiff(sizes: { readonly from: number; readonly to: number }, seed: number): number {
  const vm = new Vm({ memory: new LinearMemory(64), cpus: 1, clock: new VirtualClock(), random: new Random(1) });
  const object = assemble(`
    *(u32 *)(r10 -8) = 0
    r1 = r10
    r1 += -8
    r2 = ${sizes.from}
    r3 = r1
    r4 = ${sizes.to}
    r5 = ${seed}
    call bpf_csum_diff
    exit
  `);
  return vm.load(object).programs.main?.testRun(new Uint8Array(60)).verdict ?? -1;
}

// One's complement has two zeros. Answers of Linux 6.18.
test.each([
  { from: 4, to: 0, seed: 0, answer: 0 },
  { from: 4, to: 0, seed: -1, answer: 0xffff },
  { from: 0, to: 4, seed: 0, answer: 0 },
  { from: 0, to: 4, seed: -1, answer: 0xffff },
  { from: 4, to: 4, seed: 0, answer: 0xffff },
  { from: 4, to: 4, seed: -1, answer: 0xffff },
])('csum_diff from $from to $to bytes of zeros with seed $seed is $answer', ({ from, to, seed, answer }) => {
  expect(csumDiff({ from, to }, seed)).toBe(answer);
});
