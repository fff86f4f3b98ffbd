import { hash, lpmTrie } from '@hookline/builder';
import { ipv4Address, ipv4Prefix, ipv6Address, ipv6Prefix, u32 } from '@hookline/layout';
import { counterMap } from '../counts.ts';
import { MAX_ENDPOINTS, MAX_SENDERS } from './decapsulate-schema.ts';

/** What the counters count, in the order of their slots. */
export const DECAPSULATE_ROWS = [
  { label: 'IPv4 in IPv4', action: 'pass' },
  { label: 'IPv6 in IPv6', action: 'pass' },
  { label: 'tunnels of strangers', action: 'drop' },
  { label: 'damaged tunnels', action: 'drop' },
  { label: 'congestion that cannot be told', action: 'drop' },
  { label: 'everything else', action: 'pass' },
] as const;

export function decapsulateMaps() {
  return {
    /** Addresses of this host that tunnels end at; the value is always 1. */
    endpoints4: hash('dc_endpoints4', { key: ipv4Address, value: u32, maxEntries: MAX_ENDPOINTS }),
    endpoints6: hash('dc_endpoints6', { key: ipv6Address, value: u32, maxEntries: MAX_ENDPOINTS }),
    /** Where tunnels may come from. */
    senders4: lpmTrie('dc_senders4', { key: ipv4Prefix, value: u32, maxEntries: MAX_SENDERS }),
    senders6: lpmTrie('dc_senders6', { key: ipv6Prefix, value: u32, maxEntries: MAX_SENDERS }),
    counters: counterMap('dc_counters', DECAPSULATE_ROWS.length),
  };
}

export type DecapsulateMaps = ReturnType<typeof decapsulateMaps>;
