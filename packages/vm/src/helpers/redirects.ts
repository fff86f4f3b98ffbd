import { HELPER_FLAGS, TC_VERDICTS, XDP_VERDICTS } from '@hookline/bpf';
import type { Engine } from '../engine/engine.ts';
import { programFault } from '../engine/fault.ts';
import type { RedirectTarget } from '../redirect-target.ts';
import { flagsArgument, R1, R2, R3, u32Argument } from './arguments.ts';
import type { Helper } from './helper.ts';

/** The verdicts that a failed lookup may give: XDP_ABORTED to XDP_TX. */
const FALLBACK_MASK = XDP_VERDICTS.TX;

/** net/core/filter.c and __bpf_xdp_redirect_map in linux/filter.h. Whether the target can be reached shows later. */
export const redirectHelpers = {
  redirect(engine: Engine): void {
    const flags = flagsArgument(engine, R2);
    const isXdp = engine.program.spec.type === 'xdp';
    if (isXdp ? flags !== 0 : flags > HELPER_FLAGS.INGRESS) {
      engine.return(isXdp ? XDP_VERDICTS.ABORTED : TC_VERDICTS.SHOT);
      return;
    }
    const target = targetOf(engine);
    target.kind = 'ifindex';
    target.map = undefined;
    target.key = 0;
    target.ifindex = u32Argument(engine, R1);
    target.flags = flags;
    engine.return(isXdp ? XDP_VERDICTS.REDIRECT : TC_VERDICTS.REDIRECT);
  },

  redirect_map(engine: Engine): void {
    const map = engine.mapArgument(R1);
    if (map.spec.type !== 'devmap' && map.spec.type !== 'devmap_hash') {
      throw programFault(engine, `map ${map.spec.name} holds no devices: redirect through a device map.`);
    }
    const key = u32Argument(engine, R2);
    const flags = flagsArgument(engine, R3);
    const broadcast = HELPER_FLAGS.BROADCAST | HELPER_FLAGS.EXCLUDE_INGRESS;
    if (flags > 0xffff_ffff || (flags & ~(FALLBACK_MASK | broadcast)) !== 0) {
      engine.return(XDP_VERDICTS.ABORTED);
      return;
    }
    const isBroadcast = (flags & HELPER_FLAGS.BROADCAST) !== 0;
    const target = targetOf(engine);
    if (map.targetAt(key) === 0 && !isBroadcast) {
      target.kind = 'none';
      target.map = undefined;
      engine.return(flags & FALLBACK_MASK);
      return;
    }
    target.kind = 'map';
    target.map = map;
    target.key = key;
    target.ifindex = isBroadcast ? 0 : map.targetAt(key);
    target.flags = isBroadcast ? flags : 0;
    engine.return(XDP_VERDICTS.REDIRECT);
  },
} satisfies Record<string, Helper>;

function targetOf(engine: Engine): RedirectTarget {
  return engine.redirects[engine.cpu] as RedirectTarget;
}
