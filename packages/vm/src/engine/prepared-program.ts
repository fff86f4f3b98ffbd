import type { Instruction, ProgramSpec } from '@hookline/bpf';
import type { Helper } from '../helpers/helper.ts';
import type { Registers } from './arithmetic.ts';

/** A program in the form that the interpreter runs. */
export interface PreparedProgram {
  readonly spec: ProgramSpec;
  /** `WORDS_PER_SLOT` words for each slot and one slot behind the last. */
  readonly code: Int32Array<ArrayBuffer>;
  /** r0..r10, then the constants of the program. */
  readonly registers: Registers;
  /** What its calls refer to. */
  readonly helpers: readonly Helper[];
  /** The instruction that begins at a slot. */
  instructionAt(slot: number): Instruction | undefined;
}
