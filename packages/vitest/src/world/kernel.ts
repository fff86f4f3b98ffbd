import { KernelHost } from '@hookline/attach';
import type { ContextFields, LoadedProgram } from '@hookline/bpf';
import type { ReplayProgram } from '@hookline/replay';
import { countedIn, keyOf } from './simulator.ts';
import { verdictName } from './verdict.ts';
import type { Outcome, World } from './world.ts';

/** The kernel that the tests run on: BPF_PROG_TEST_RUN, away from any device. It does not tell where a redirect goes. */
export const kernel: World = {
  name: 'kernel',
  run(program: ReplayProgram, frame: Uint8Array, context: ContextFields): Outcome {
    const host = new KernelHost();
    try {
      const loaded = host.load(program.object);
      program.ready?.(loaded);
      const chosen = loaded.programs[keyOf(program)] as LoadedProgram;
      const result = chosen.testRun(frame, { context });
      const { type } = chosen.spec;
      const verdict = verdictName(type, result.verdict);
      const counted = countedIn(program, loaded);
      return { program: program.name, type, verdict, frame: result.frame, targets: undefined, counted };
    } finally {
      host[Symbol.dispose]();
    }
  },
};
