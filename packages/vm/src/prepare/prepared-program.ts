import type { Instruction, ProgramSpec } from '@hookline/bpf';
import type { Registers } from '../engine/arithmetic.ts';
import type { Engine } from '../engine/engine.ts';
import type { ContextRules } from '../memory/context-rules.ts';

/** A program in the form that the interpreter runs: words in the linear memory, where no program can reach them. */
export interface PreparedProgram {
  readonly spec: ProgramSpec;
  /** Where it can run. */
  readonly engine: Engine;
  /** Word index of its first slot; `WORDS_PER_SLOT` words for each slot and one slot behind the last. */
  readonly entry: number;
  /** Word index of r0. */
  readonly base: number;
  /** r0..r10 as pairs of words. */
  readonly registers: Registers;
  /** Bytes of its context, and what it may do with them. */
  readonly contextSize: number;
  readonly contextRules: ContextRules;
  /** First slots of the functions that it names: what helpers may call back. */
  readonly callbacks: ReadonlySet<number>;
  /** The instruction that begins at a slot. */
  instructionAt(slot: number): Instruction | undefined;
}
