import Benchmark from 'benchmark';
import type { BenchResult } from './result.ts';

/** Something to be measured: a function that does `work` units of work, packets or frames, in one call. */
export interface Subject {
  readonly work: number;
  readonly run: () => unknown;
}

export interface Comparison {
  readonly name: string;
  readonly ours: Subject;
  readonly baseline: Subject;
  /** Unit of the figures, as in `Mpackets/s`. */
  readonly unit: string;
  /** Units of work per second that make one `unit`. */
  readonly per: number;
  readonly goal: number;
}

/** Rounds of a comparison. Odd, so that the median is one of them. */
const ROUNDS = 5;
/** Seconds that one subject gets in a round. */
const ROUND_TIME = 0.4;

/**
 * Measures two subjects against each other in short alternating rounds and takes the median of the rounds' ratios, so
 * that a machine that slows down or speeds up meanwhile does so for both.
 */
export async function compare({ name, ours, baseline, unit, per, goal }: Comparison): Promise<BenchResult> {
  const rounds: { ours: number; baseline: number; ratio: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const slower = await rate(baseline);
    const faster = await rate(ours);
    rounds.push({ ours: faster / per, baseline: slower / per, ratio: faster / slower });
  }
  const ratio = median(rounds.map((round) => round.ratio));
  return {
    name,
    ours: median(rounds.map((round) => round.ours)),
    baseline: median(rounds.map((round) => round.baseline)),
    unit,
    ratio,
    goal,
    holds: ratio >= goal,
  };
}

/** Units of work a second, as Benchmark.js measures them. */
function rate({ work, run }: Subject): Promise<number> {
  return new Promise((resolve, reject) => {
    const benchmark = new Benchmark({
      defer: true,
      maxTime: ROUND_TIME,
      minSamples: 2,
      fn: (deferred: { resolve: () => void }) => {
        Promise.resolve(run()).then(() => deferred.resolve(), reject);
      },
      onComplete: () => resolve(benchmark.hz * work),
      onError: () => reject(benchmark.error),
    });
    benchmark.run({ async: true });
  });
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >>> 1] ?? Number.NaN;
}
