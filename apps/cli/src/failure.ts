import type { Output } from './terminal/output.ts';
import { oneLine } from './terminal/text.ts';

const FAILED = 1;
const CALLED_WRONGLY = 2;

/**
 * Codes like CAPTURE_TRUNCATED or ENOENT: an error that has one was foreseen and says all that is needed. Node's own
 * ERR_ codes are about how it was called, which is a mistake of ours.
 */
const KNOWN_CODE = /^(?!ERR_)[A-Z][A-Z0-9_]+$/;

/** Tells the user why a command ended, in one line, and returns the exit code. */
export async function report(error: unknown, stderr: Output, debug: boolean): Promise<number> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // Commander has printed its own message, or the help that was asked for.
  if (code.startsWith('commander.')) return exitCodeOf(error) === 0 ? 0 : CALLED_WRONGLY;
  const message = oneLine(error instanceof Error ? error.message : String(error));
  const foreseen = KNOWN_CODE.test(code) || debug;
  await stderr.line(`hookline: ${foreseen ? message : `${message} (unexpected; run again with --debug to see where)`}`);
  if (debug && error instanceof Error) await stderr.line(error.stack ?? '');
  return FAILED;
}

function exitCodeOf(error: unknown): unknown {
  return error instanceof Error && 'exitCode' in error ? error.exitCode : undefined;
}
