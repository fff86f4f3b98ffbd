import type { Instruction } from '../isa/instruction.ts';

/** Program types under the names that bpftool prints (`enum bpf_prog_type` in linux/bpf.h, lower case). */
export type ProgramType = 'xdp' | 'sched_cls';

/** A function of a program: the main one, a subprogram, or a callback. */
export interface FunctionSpec {
  /** A C identifier. */
  readonly name: string;
  /** Its first slot. */
  readonly slot: number;
  /** How many of r1..r5 it takes. */
  readonly parameters: number;
}

/** A program before it is loaded: inert, plain data. */
export interface ProgramSpec<T extends ProgramType = ProgramType> {
  readonly kind: 'program';
  /** `[A-Za-z0-9_.]`, 1 to 15 characters; what the kernel and bpftool show. */
  readonly name: string;
  readonly type: T;
  /** Some helpers are for GPL-compatible programs only. */
  readonly license: string;
  /** The main function first, then the subprograms. */
  readonly instructions: readonly Instruction[];
  /** In the order of their slots; the first starts at slot 0. */
  readonly functions: readonly FunctionSpec[];
}

/** The licence of a program that names none. */
export const DEFAULT_LICENSE = 'Dual MIT/GPL';
