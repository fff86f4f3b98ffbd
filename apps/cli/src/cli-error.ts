/**
 * What the command line itself refuses. `BAD_ARGUMENT` and `PROGRAM_UNKNOWN` are wrong calls, the others are failures.
 */
export type CliErrorCode = 'BAD_ARGUMENT' | 'PROGRAM_UNKNOWN' | 'PROGRAM_FILE' | 'CONFIG_UNREADABLE';

/** The message names the argument or the place in the user's file, and ends in the remedy. */
export class CliError extends Error {
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.code = code;
  }
}
