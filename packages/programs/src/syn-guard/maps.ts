import { lruHash } from '@hookline/builder';
import { be16, be32, ipv4Address, ipv6Address, struct, u32, u64 } from '@hookline/layout';
import { counterMap } from '../counts.ts';
import { SLOTS } from './rows.ts';
import type { SynGuardConfig } from './syn-guard-config.ts';

/** Where SYNs go to. */
const TargetV4 = struct('target_v4', { address: ipv4Address, port: u32 });
const TargetV6 = struct('target_v6', { address: ipv6Address, port: u32 });
/** A token bucket (token-bucket.ts). */
export const Bucket = struct('bucket', { tokens: u64 });

/** What a SYN and its retransmissions have in common. */
const SynV4 = struct('syn_v4', {
  source: ipv4Address,
  destination: ipv4Address,
  sourcePort: be16,
  destinationPort: be16,
  sequenceNumber: be32,
});
const SynV6 = struct('syn_v6', {
  source: ipv6Address,
  destination: ipv6Address,
  sourcePort: be16,
  destinationPort: be16,
  sequenceNumber: be32,
});
/** The tick in which it was held back. */
export const Held = struct('held', { tick: u32 });

/** The SYN guard's maps. */
export function synGuardMaps({ destinations, pending }: SynGuardConfig) {
  return {
    /** By slot (rows.ts): every packet is in exactly one of them. */
    counters: counterMap('sg_counters', SLOTS),
    targetsV4: lruHash('sg_targets_v4', { key: TargetV4, value: Bucket, maxEntries: destinations }),
    targetsV6: lruHash('sg_targets_v6', { key: TargetV6, value: Bucket, maxEntries: destinations }),
    heldV4: lruHash('sg_held_v4', { key: SynV4, value: Held, maxEntries: pending }),
    heldV6: lruHash('sg_held_v6', { key: SynV6, value: Held, maxEntries: pending }),
  };
}

export type SynGuardMaps = ReturnType<typeof synGuardMaps>;
