import type { Session } from './session.ts';
import { oneLine, printable } from './terminal/text.ts';

const FAILED = 1;
const CALLED_WRONGLY = 2;

/**
 * Codes like CAPTURE_TRUNCATED or ENOENT: an error that has one was foreseen and says all that is needed. Node's own
 * ERR_ codes are about how it was called, which is a mistake of ours.
 */
const KNOWN_CODE = /^(?!ERR_)[A-Z][A-Z0-9_]+$/;

/** An argument or option that no run could have taken, whichever room noticed it. */
const WRONG_CALL: ReadonlySet<string> = new Set([
  'BAD_ARGUMENT',
  'PROGRAM_UNKNOWN',
  'REPLAY_OPTION',
  'HOST_OPTION',
  'HOST_DEVICE',
  'NIC_OPTION',
  'NIC_RING',
]);

/** Tells the user why a command ended, in one line, and returns the exit code. */
export async function report(
  error: unknown,
  session: Pick<Session, 'stderr' | 'aftermath'>,
  debug: boolean,
): Promise<number> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // Commander has printed its own message, or the help that was asked for.
  if (code.startsWith('commander.')) return exitCodeOf(error) === 0 ? 0 : CALLED_WRONGLY;
  const message = printable(oneLine(error instanceof Error ? error.message : String(error)));
  const parts = [message];
  if (!KNOWN_CODE.test(code) && !debug) parts.push('(unexpected; run again with --debug to see where)');
  if (session.aftermath !== undefined) parts.push(printable(session.aftermath));
  await session.stderr.line(`hookline: ${parts.join(' ')}`);
  if (debug) for (const stack of stacks(error)) await session.stderr.line(stack);
  return WRONG_CALL.has(code) ? CALLED_WRONGLY : FAILED;
}

/** The stack of an error and of what caused it. */
function stacks(error: unknown): string[] {
  return error instanceof Error ? [error.stack ?? '', ...stacks(error.cause)] : [];
}

function exitCodeOf(error: unknown): unknown {
  return error instanceof Error && 'exitCode' in error ? error.exitCode : undefined;
}
