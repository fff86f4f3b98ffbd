import { isCondition } from './condition.ts';
import type { BuildContext } from './context.ts';
import { ENDED, isStop, isVerdict, leaveWith } from './verdict.ts';

/** Fails where the author gave a verdict, or nothing, in place of a callback. */
export function requireCallback(context: BuildContext, name: string, body: unknown): void {
  if (typeof body === 'function') return;
  const given = isVerdict(body) ? 'a verdict' : typeof body;
  context.fail('BUILD_CONTROL', `${name} takes a callback, not ${given}: write ${name}(..., () => DROP).`);
}

/** What a callback returned that it cannot return, and what to write instead. */
function refusal(result: unknown): string {
  if (isCondition(result)) return 'a condition: put braces around its body';
  if (typeof result === 'object') return 'a packet value: put braces around its body';
  return `${typeof result === 'string' ? `'${result}'` : String(result)}: return PASS, DROP or another verdict from 'hookline'`;
}

/** A branch that is not over, or the result of a map operation. */
function goesOn(result: unknown): boolean {
  if (typeof result !== 'object' || result === null) return false;
  const { kind, mayBeIgnored } = result as { readonly kind?: unknown; readonly mayBeIgnored?: unknown };
  return kind === 'branch' || mayBeIgnored === true;
}

/** Ends a callback by what it returned. Afterwards a block is current only if control goes on behind it. */
export function endBody(context: BuildContext, result: unknown): void {
  const { fn } = context;
  if (result === undefined || goesOn(result)) return;
  if (result === ENDED) {
    if (fn.current) {
      context.fail(
        'BUILD_VERDICT',
        'This is the result of a branch that is over: return it where it is made, `return when(...).otherwise(...)`.',
      );
    }
    return;
  }
  if (result instanceof Promise) {
    // The rejection, if any, is the author's own error; this one comes first.
    result.catch(() => {});
    context.fail(
      'BUILD_VALUE',
      'The body of a program cannot be async: await before xdp(...) or tc(...), and use what you got.',
    );
  }
  if (!isVerdict(result) && !isStop(result)) {
    context.fail('BUILD_VERDICT', `A callback returns a verdict, or nothing; this one returns ${refusal(result)}.`);
  }
  if (!fn.current) {
    context.fail(
      'BUILD_VERDICT',
      'Every way to this verdict has returned already: write `return when(...).otherwise(...)`, or remove one.',
    );
  }
  if (isVerdict(result)) {
    leaveWith(context, result);
    return;
  }
  let region = context.region as typeof context.region | undefined;
  while (region && !region.loopEnd) region = region.parent;
  if (!region?.loopEnd)
    context.fail('BUILD_CONTROL', 'STOP leaves a loop, and there is none here: return a verdict, or nothing.');
  fn.jump(region.loopEnd);
}
