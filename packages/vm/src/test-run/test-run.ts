import { checkTestRun, type TestRunOptions, type TestRunResult } from '@hookline/bpf';
import type { Engine } from '../engine/engine.ts';
import type { VmProgram } from '../vm-program.ts';
import { testRunTc } from './tc-test-run.ts';
import { testRunXdp } from './xdp-test-run.ts';

/** BPF_PROG_TEST_RUN: see net/bpf/test_run.c. */
export function testRun(engine: Engine, program: VmProgram, frame: Uint8Array, options: TestRunOptions): TestRunResult {
  checkTestRun(program.spec, options);
  return program.spec.type === 'xdp'
    ? testRunXdp(engine, program, frame, options)
    : testRunTc(engine, program, frame, options);
}
