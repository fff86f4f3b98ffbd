import type { MapSpec, ProgramSpec, Row, Service } from '@hookline/bpf';
import { bpfObject, hash, lpmTrie } from '@hookline/builder';
import { ipv4Address, ipv4Prefix, ipv6Address, ipv6Prefix, u32 } from '@hookline/layout';
import { counterMap, counterRows, resetCounters } from '../counts.ts';
import { familyOf } from '../firewall/prefix.ts';
import { decapsulateProgram } from './decapsulate-program.ts';
import { type DecapsulateConfig, decapsulateSchema, MAX_ENDPOINTS, MAX_SENDERS } from './decapsulate-schema.ts';

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

export interface DecapsulateControl {
  rows(): readonly Row[];
  reset(): void;
}
interface DecapsulatePrograms extends Readonly<Record<string, ProgramSpec>> {
  readonly decapsulate: ProgramSpec<'xdp'>;
}

/** The other end of the load balancer's tunnels, on its backends; XDP only, as it takes bytes off the front. */
export const decapsulate: Service<
  DecapsulateConfig,
  DecapsulateControl,
  DecapsulatePrograms,
  DecapsulateMaps & Readonly<Record<string, MapSpec>>
> = {
  kind: 'service',
  version: 1,
  name: 'decapsulate',
  summary: "Takes the load balancer's outer headers off, on a backend.",
  schema: decapsulateSchema,
  defaults: decapsulateSchema.parse({
    addresses: ['10.0.0.1', '2001:db8:a::1'],
    from: ['192.0.2.200', '2001:db8:0:1::200'],
  }),
  build() {
    const maps = decapsulateMaps();
    return bpfObject({ decapsulate: decapsulateProgram(maps), ...maps });
  },
  control({ maps }, { addresses, from }) {
    const { endpoints4, endpoints6, senders4, senders6, counters } = maps;
    for (const address of addresses) (familyOf(address) === 'ipv4' ? endpoints4 : endpoints6).set(address, 1);
    for (const prefix of from) (familyOf(prefix) === 'ipv4' ? senders4 : senders6).set(prefix, 1);
    return {
      rows: () => counterRows(counters, DECAPSULATE_ROWS),
      reset: () => resetCounters(counters, DECAPSULATE_ROWS.length),
    };
  },
  report: ({ maps }) => counterRows(maps.counters, DECAPSULATE_ROWS),
};
