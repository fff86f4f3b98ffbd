import { probeKernel } from '@hookline/attach';
import { MatcherError } from './matcher-error.ts';
import { inWorld } from './world/current-world.ts';
import { kernel } from './world/kernel.ts';
import { simulator } from './world/simulator.ts';
import type { Outcome, World } from './world/world.ts';

/** Where the assertions of `differential` ran. */
export interface Differential {
  /** '' where the kernel ran them too, otherwise why not, in a sentence. */
  readonly withoutKernel: string;
}

let refusal: string | undefined;

/**
 * Runs assertions about frames in the simulator and then, where this process may load programs, in the kernel
 * (BPF_PROG_TEST_RUN). There every program runs on both sides, and verdict and frame must be the same, whatever the
 * assertion is about. A failure in the kernel says so.
 *
 * Captures are replayed on the simulated host in any case, and programs that are loaded already run where they are loaded.
 * The kernel tells no interface of a redirect: there, `toRedirectTo` is about the verdict alone.
 *
 * @param assertions synchronous: two of them may not overlap
 * @throws MatcherError MATCHER_WORLDS_DIFFER with both outcomes, MATCHER_OPTION for assertions that return a promise, and
 *   what the assertions throw
 */
export function differential(assertions: () => void): Differential {
  run(simulator, assertions);
  refusal ??= probeKernel();
  if (refusal === '') run(bothWorlds, assertions);
  return { withoutKernel: refusal };
}

function run(world: World, assertions: () => unknown): void {
  const result = inWorld(world, assertions);
  if (result instanceof Promise) {
    throw new MatcherError(
      'MATCHER_OPTION',
      'differential was given an async function: await before, and assert in it.',
    );
  }
}

/** The kernel, which must say what the simulator says. */
const bothWorlds: World = {
  name: kernel.name,
  run(program, frame, context) {
    const [simulated, real] = [simulator.run(program, frame, context), kernel.run(program, frame, context)];
    const isSame = simulated.verdict === real.verdict && Buffer.compare(simulated.frame, real.frame) === 0;
    if (!isSame) throw worldsDiffer(simulated, real);
    return real;
  },
};

/** The two outcomes of one run, as a bug report needs them. */
export function worldsDiffer(simulated: Outcome, real: Outcome): MatcherError {
  const show = ({ verdict, frame }: Outcome): string =>
    `${verdict} with the frame ${Buffer.from(frame).toString('hex')}`;
  return new MatcherError(
    'MATCHER_WORLDS_DIFFER',
    `The simulator and the kernel disagree about ${simulated.program}: ${show(simulated)}, and ${show(real)}. This is a bug ` +
      'in the simulator, unless the program depends on time, chance or the number of CPUs: please report it with the frame.',
  );
}
