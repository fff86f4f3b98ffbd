import { TC_VERDICTS, XDP_VERDICTS } from '@hookline/bpf';
import { constant, type Source, type Value } from '../ir/operation.ts';
import type { BuildContext, Made } from './context.ts';
import type { AnyVerdict, Hook, Stop, Verdict } from './types.ts';

/** What a verdict is besides its type. `codes` of those that are known now, `value` of those that a helper gave. */
interface VerdictHandle extends Verdict<Hook> {
  readonly kind: 'verdict';
  readonly name: string;
  readonly codes?: Partial<Record<Hook, number>>;
  readonly value?: Value;
  readonly made?: Made;
  readonly owner?: BuildContext;
}

function verdict<H extends Hook>(name: string, codes: Readonly<Record<H, number>>): Verdict<H> {
  const hooks = Object.fromEntries(Object.keys(codes).map((hook) => [hook, true]));
  return { kind: 'verdict', name, hooks, codes } as unknown as Verdict<H>;
}

/** The packet goes on: XDP_PASS, TC_ACT_OK. */
export const PASS: Verdict<Hook> = verdict('PASS', { xdp: XDP_VERDICTS.PASS, tc: TC_VERDICTS.OK });
/** The packet ends here: XDP_DROP, TC_ACT_SHOT. */
export const DROP: Verdict<Hook> = verdict('DROP', { xdp: XDP_VERDICTS.DROP, tc: TC_VERDICTS.SHOT });

/** `enum xdp_action` (linux/bpf.h); for REDIRECT use `redirect` or a device map. */
export const XDP: Readonly<Record<'ABORTED' | 'DROP' | 'PASS' | 'TX', Verdict<'xdp'>>> = {
  ABORTED: verdict('XDP.ABORTED', { xdp: XDP_VERDICTS.ABORTED }),
  DROP: verdict('XDP.DROP', { xdp: XDP_VERDICTS.DROP }),
  PASS: verdict('XDP.PASS', { xdp: XDP_VERDICTS.PASS }),
  /** Out of the interface it came in. */
  TX: verdict('XDP.TX', { xdp: XDP_VERDICTS.TX }),
};

/** TC_ACT_* (linux/pkt_cls.h) of a direct-action classifier. */
export const TC: Readonly<Record<'OK' | 'SHOT' | 'UNSPEC' | 'PIPE' | 'STOLEN', Verdict<'tc'>>> = {
  OK: verdict('TC.OK', { tc: TC_VERDICTS.OK }),
  SHOT: verdict('TC.SHOT', { tc: TC_VERDICTS.SHOT }),
  /** Goes on with the next filter. */
  UNSPEC: verdict('TC.UNSPEC', { tc: TC_VERDICTS.UNSPEC }),
  PIPE: verdict('TC.PIPE', { tc: TC_VERDICTS.PIPE }),
  STOLEN: verdict('TC.STOLEN', { tc: TC_VERDICTS.STOLEN }),
};

/** Leaves the innermost `repeat` when a callback returns it. */
export const STOP: Stop = { stop: true };

/** Both sides of a branch have returned: what `when(...).otherwise(...)` gives then. */
export const ENDED: AnyVerdict = { kind: 'verdict', name: 'ENDED', hooks: { xdp: true, tc: true } } as never;

/** A verdict that a helper computes, like that of a redirect. */
export function dynamicVerdict<H extends Hook>(
  context: BuildContext,
  hooks: readonly H[],
  name: string,
  value: Value,
): Verdict<H> {
  const made = context.make(`this verdict (${name})`, 'return it.');
  const names = Object.fromEntries(hooks.map((hook) => [hook, true]));
  return { kind: 'verdict', name, hooks: names, value, made, owner: context } as unknown as Verdict<H>;
}

/** The number of an XDP verdict that a redirect falls back to; the kernel has two bits for it. */
export function fallbackCode(context: BuildContext, fallback: AnyVerdict = XDP.ABORTED): number {
  const code = (fallback as VerdictHandle).codes?.xdp;
  if (code === undefined || code > XDP_VERDICTS.TX) {
    return context.fail(
      'BUILD_VERDICT',
      'A redirect falls back to XDP.ABORTED, DROP, PASS or XDP.TX: give one of them.',
    );
  }
  return code;
}

export function isVerdict(result: unknown): result is AnyVerdict {
  return typeof result === 'object' && result !== null && (result as { kind?: unknown }).kind === 'verdict';
}

export function isStop(result: unknown): result is Stop {
  return typeof result === 'object' && result !== null && (result as { stop?: unknown }).stop === true;
}

/** Ends the program with this verdict. Everything leaves through the same exit. */
export function leaveWith(context: BuildContext, exit: AnyVerdict): void {
  const handle = exit as VerdictHandle;
  const { hook } = context.program;
  if (!context.packetContext) {
    context.fail(
      'BUILD_VERDICT',
      'A subprogram gives a value, not a verdict: return a number and decide where it is called.',
    );
  }
  if (!handle.hooks[hook]) {
    const remedy = hook === 'xdp' ? 'PASS, DROP, XDP.TX or XDP.ABORTED' : 'PASS, DROP, TC.OK, TC.SHOT or TC.UNSPEC';
    context.fail(
      'BUILD_VERDICT',
      `${handle.name} is no verdict of ${hook === 'xdp' ? 'an XDP' : 'a TC'} program: return ${remedy}.`,
    );
  }
  if (handle.made && handle.owner) context.use(handle.made, handle.owner);
  const source: Source = handle.value ?? constant(handle.codes?.[hook] ?? 0);
  context.fn.return(source);
}
