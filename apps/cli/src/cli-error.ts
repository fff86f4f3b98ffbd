/** What the command line itself refuses. The message names the argument and ends in the remedy. */
export class CliError extends Error {
  readonly code: 'BAD_ARGUMENT' | 'PROGRAM_UNKNOWN' | 'PROGRAM_FILE' | 'CONFIG_INVALID';

  constructor(code: CliError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.code = code;
  }
}
