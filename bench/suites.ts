import type { BenchResult } from './result.ts';

/** Every suite, by the name that `node bench/run.ts <name>` takes. */
export const SUITES: Readonly<Record<string, () => Promise<{ run: () => Promise<BenchResult[]> }>>> = {
  'capture-reading': () => import('./capture-reading.ts'),
  interpreter: () => import('./interpreter.ts'),
  'receive-path': () => import('./receive-path.ts'),
};
