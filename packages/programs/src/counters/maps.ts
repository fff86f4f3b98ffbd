import { array, lpmTrie, lruHash, perCpuHash, ringBuffer } from '@hookline/builder';
import { be16, ipv4Address, ipv4Prefix, ipv6Address, ipv6Prefix, struct, u8, u32, u64 } from '@hookline/layout';
import { Count, counterMap } from '../counts.ts';
import type { CountersConfig } from './counters-config.ts';
import { histogramMap } from './histogram.ts';
import { FLAG_SLOTS, PROTOCOL_SLOTS, SINGLE_SLOTS } from './slots.ts';

/** A port as one side of the packet has it. */
export const PortKey = struct('port_key', {
  port: be16,
  protocol: u8,
  /** 0 source, 1 destination. */
  side: u8,
});

/** A flow in one direction. Ports are 0 where the packet has none: neither TCP nor UDP, or a later fragment. */
export const FlowKeyV4 = struct('flow_v4', {
  source: ipv4Address,
  destination: ipv4Address,
  sourcePort: be16,
  destinationPort: be16,
  protocol: u32,
});
export const FlowKeyV6 = struct('flow_v6', {
  source: ipv6Address,
  destination: ipv6Address,
  sourcePort: be16,
  destinationPort: be16,
  protocol: u32,
});

/** Times are CLOCK_MONOTONIC, in nanoseconds. */
export const FlowValue = struct('flow', { packets: u64, bytes: u64, firstSeen: u64, lastSeen: u64 });

/** A flow that was not in the table; the addresses of the other family are zeros. */
export const FlowEvent = struct('flow_event', {
  time: u64,
  /** 4 or 6. */
  version: u8,
  protocol: u8,
  sourcePort: be16,
  destinationPort: be16,
  sourceV4: ipv4Address,
  destinationV4: ipv4Address,
  sourceV6: ipv6Address,
  destinationV6: ipv6Address,
  /** Bytes of the packet. */
  length: u32,
});

/** Records of 72 bytes with their headers: some 900 wait for a reader. */
const RING_BYTES = 65_536;
/** A map that nothing uses still needs an entry. */
const atLeastOne = (entries: number): number => Math.max(entries, 1);

/** The maps of the counters. What is switched off has maps of a single entry, which no program touches. */
export function countersMaps(config: CountersConfig) {
  const { ports, prefixes, flows } = config;
  const sides = ports ? ports.sides.length : 0;
  const watched = ports ? 2 * sides * ports.watch.length : 0;
  const prefixCount = prefixes ? prefixes.source.length + prefixes.destination.length : 0;
  const tries = atLeastOne(prefixCount);
  const flowEntries = flows ? flows.entries : 1;
  return {
    singles: counterMap('ct_singles', SINGLE_SLOTS),
    protocols: counterMap('ct_protocols', config.protocols ? PROTOCOL_SLOTS : 1),
    tcpFlags: counterMap('ct_tcp_flags', config.tcpFlags ? FLAG_SLOTS : 1),
    ports: perCpuHash('ct_ports', {
      key: PortKey,
      value: Count,
      maxEntries: atLeastOne(ports ? watched + ports.learn : 0),
    }),
    /** By slot: the prefixes of sources in their order, then those of destinations. */
    prefixes: counterMap('ct_prefixes', tries),
    sourceV4: lpmTrie('ct_source_v4', { key: ipv4Prefix, value: u32, maxEntries: tries }),
    sourceV6: lpmTrie('ct_source_v6', { key: ipv6Prefix, value: u32, maxEntries: tries }),
    destinationV4: lpmTrie('ct_dest_v4', { key: ipv4Prefix, value: u32, maxEntries: tries }),
    destinationV6: lpmTrie('ct_dest_v6', { key: ipv6Prefix, value: u32, maxEntries: tries }),
    flowsV4: lruHash('ct_flows_v4', { key: FlowKeyV4, value: FlowValue, maxEntries: flowEntries }),
    flowsV6: lruHash('ct_flows_v6', { key: FlowKeyV6, value: FlowValue, maxEntries: flowEntries }),
    events: ringBuffer('ct_events', { value: FlowEvent, size: RING_BYTES }),
    /** The token bucket of the events. */
    eventBucket: array('ct_event_rate', { value: u64, maxEntries: 1 }),
    sizes: histogramMap('ct_sizes', config.sizes),
    interArrival: histogramMap('ct_gaps', config.interArrival),
    /** When the last packet came, on whatever CPU; 0 before the first. */
    lastArrival: array('ct_last_arrival', { value: u64, maxEntries: 1 }),
  };
}

export type CountersMaps = ReturnType<typeof countersMaps>;
