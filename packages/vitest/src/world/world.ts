import type { ContextFields, ProgramType, Row } from '@hookline/bpf';
import type { ReplayProgram } from '@hookline/replay';

/** What a program made of a frame. */
export interface Outcome {
  readonly program: string;
  readonly type: ProgramType;
  /** `DROP`, `SHOT`, ... */
  readonly verdict: string;
  /** The frame after the run. */
  readonly frame: Uint8Array;
  /** Interfaces that a redirect chose: none where the map had no entry, undefined where the world does not tell. */
  readonly targets: readonly number[] | undefined;
  /** What the program's report counted the frame as, such as a rule: empty where it has no report. */
  readonly counted: readonly Row[];
}

/** Where programs run: the simulated machine or the kernel of this one. */
export interface World {
  readonly name: string;
  /** Loads the program anew and runs it once. */
  run(program: ReplayProgram, frame: Uint8Array, context: ContextFields): Outcome;
}
