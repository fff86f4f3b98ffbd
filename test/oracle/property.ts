import { env } from 'node:process';

/** Another number of runs for a soak: HOOKLINE_RUNS times as many. */
const FACTOR = Number(env.HOOKLINE_RUNS ?? 1);
/** HOOKLINE_SEED repeats a run whose name showed that seed. */
const SEED = Number(env.HOOKLINE_SEED ?? Date.now() % 2 ** 31);

/** Parameters for `fc.assert`, and the text that a test's name ends in: what it takes to repeat it. */
export function runs(count: number): { readonly numRuns: number; readonly seed: number } {
  return { numRuns: count * FACTOR, seed: SEED };
}
export const SEED_TEXT = `(HOOKLINE_SEED=${SEED})`;
