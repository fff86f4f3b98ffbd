import { parentPort, workerData } from 'node:worker_threads';
import { pinToCpu } from '@hookline/attach';
import type { ProgramSpec } from '@hookline/bpf';
// biome-ignore lint/style/noRestrictedImports: a thread can only be given a descriptor, which no public name takes
import { testRun } from '../../packages/attach/src/programs/test-run.ts';

/** What a worker runs: a program that the process has loaded, again and again until it is told to stop. */
export interface TestRunWork {
  readonly spec: ProgramSpec;
  /** Of the program; descriptors belong to the whole process. */
  readonly fd: number;
  readonly frame: Uint8Array;
  readonly cpu: number;
  /** Not 0: stop. */
  readonly stop: Int32Array<SharedArrayBuffer>;
}

/** Short enough that the parent is heard soon. */
const RUNS_AT_ONCE = 20_000;

const { spec, fd, frame, cpu, stop } = workerData as TestRunWork;
using _pin = pinToCpu(cpu);
let runs = 0;
while (Atomics.load(stop, 0) === 0) {
  testRun(spec, fd, frame, { repeat: RUNS_AT_ONCE });
  runs += RUNS_AT_ONCE;
}
parentPort?.postMessage(runs);
