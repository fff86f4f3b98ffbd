import type { Position } from '@hookline/bpf';

/** What is wrong with a program's source. */
export type BuildErrorCode =
  /** A value, condition or result was made and then used for nothing. */
  | 'BUILD_UNUSED'
  /** A handle was used as if it were a JavaScript number, or a value is of the wrong kind. */
  | 'BUILD_VALUE'
  /** A value, header or place is used where it does not exist. */
  | 'BUILD_SCOPE'
  /** A header from before the packet moved. */
  | 'BUILD_MOVED'
  /** A field that was looked up before it was written: which of both values is meant? */
  | 'BUILD_STALE'
  /** A missing verdict, one of the other hook, or statements after the end. */
  | 'BUILD_VERDICT'
  /** `otherwise`, `STOP` and the like where they cannot stand. */
  | 'BUILD_CONTROL'
  /** A name that the kernel or BTF refuses, or that two things have. */
  | 'BUILD_NAME'
  /** The stack, or the number of instructions, does not suffice. */
  | 'BUILD_SIZE';

/** A program that cannot be built. The message begins with the author's file, line and column and ends in the remedy. */
export class BuildError extends Error {
  readonly code: BuildErrorCode;
  readonly position: Position | undefined;

  constructor(code: BuildErrorCode, message: string, position: Position | undefined) {
    super(position ? `${position.file}:${position.line}:${position.column}: ${message}` : message);
    this.name = 'BuildError';
    this.code = code;
    this.position = position;
  }
}
