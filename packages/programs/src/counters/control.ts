import type { Row } from '@hookline/bpf';
import { IP_PROTOCOL } from '@hookline/packet';
import { resetCounters } from '../counts.ts';
import { familyOf } from '../firewall/prefix.ts';
import { bucketPlan } from '../token-bucket.ts';
import type { CountersConfig } from './counters-config.ts';
import { type Flow, flowLabel, type NewFlow, newFlow, readFlows, topFlows } from './flow-table.ts';
import { type Bucket, readHistogram, resetHistogram } from './histogram.ts';
import { SIDE_NUMBERS } from './port-counting.ts';
import { SINGLE_SLOTS } from './slots.ts';
import { type CounterTables, type LoadedCounters, protocolLabel, readTables, singleRow } from './tables.ts';

/** What can be read from the counters while they run, in either world. */
export interface CountersControl {
  tables(): CounterTables;
  /**
   * The flows that have counted most since they came into the table.
   *
   * @param count how many at most
   * @param by what they are compared by; default `bytes`
   */
  topTalkers(count: number, by?: 'packets' | 'bytes'): readonly Flow[];
  /** Buckets that hold nothing are among them; a histogram that is switched off has none. */
  histograms(): { readonly sizes: readonly Bucket[]; readonly interArrival: readonly Bucket[] };
  /** Takes the events of new flows that wait, in their order. */
  events(): readonly NewFlow[];
  /** All packets, then what the tables hold, the busiest ports and flows only. */
  rows(): readonly Row[];
  /**
   * Sets all counters to zero and forgets flows, learned ports and events. A packet that is counted meanwhile may be lost
   * from the count.
   */
  reset(): void;
}

/** Ports and flows that a report shows. */
const REPORTED = 10;

/** Fills the maps from the configuration. */
export function countersControl(loaded: LoadedCounters, config: CountersConfig): CountersControl {
  fillPrefixes(loaded, config);
  fillPorts(loaded, config);
  fillEventBucket(loaded, config);
  return {
    tables: () => readTables(loaded, config),
    topTalkers: (count, by = 'bytes') => (config.flows ? topFlows(readFlows(loaded), count, by) : []),
    histograms: () => ({
      sizes: readHistogram(loaded.maps.sizes, config.sizes),
      interArrival: readHistogram(loaded.maps.interArrival, config.interArrival),
    }),
    events: () => loaded.maps.events.drain().map(newFlow),
    rows: () => countersRows(loaded, config),
    reset: () => resetAll(loaded, config),
  };
}

/** The lines of a report. */
export function countersRows(loaded: LoadedCounters, config: CountersConfig): readonly Row[] {
  const { protocols, tcpFlags, ports, prefixes } = readTables(loaded, config);
  const labelled = (what: string, rows: readonly Row[]) =>
    rows.map((one) => ({ ...one, label: `${what}${one.label}` }));
  const flows = config.flows ? topFlows(readFlows(loaded), REPORTED, 'bytes') : [];
  const flowRow = (flow: Flow): Row => {
    const label = `flow ${flowLabel(flow).replace(/^\d+/, protocolLabel(flow.protocol))}`;
    return { label, action: 'pass', packets: flow.packets, bytes: flow.bytes };
  };
  return [
    singleRow(loaded, 'all packets'),
    ...protocols,
    ...labelled('flags ', tcpFlags),
    ...ports.slice(0, -1).slice(0, REPORTED),
    ...ports.slice(-1),
    ...prefixes,
    ...flows.map(flowRow),
    ...(config.flows ? [singleRow(loaded, 'flows not kept')] : []),
  ];
}

function fillPrefixes({ maps }: LoadedCounters, { prefixes }: CountersConfig): void {
  if (!prefixes) return;
  for (const [i, prefix] of prefixes.source.entries()) {
    (familyOf(prefix) === 'ipv4' ? maps.sourceV4 : maps.sourceV6).set(prefix, i);
  }
  for (const [i, prefix] of prefixes.destination.entries()) {
    const slot = prefixes.source.length + i;
    (familyOf(prefix) === 'ipv4' ? maps.destinationV4 : maps.destinationV6).set(prefix, slot);
  }
}

/** Zeros for the ports that are always counted. */
function fillPorts({ maps }: LoadedCounters, { ports }: CountersConfig): void {
  if (!ports) return;
  const zeros = (maps.singles.get(0) ?? []).map(() => ({ packets: 0n, bytes: 0n }));
  for (const side of ports.sides) {
    for (const protocol of [IP_PROTOCOL.TCP, IP_PROTOCOL.UDP]) {
      for (const port of ports.watch) maps.ports.set({ port, protocol, side: SIDE_NUMBERS[side] }, zeros);
    }
  }
}

/** Full, as of tick 0. */
function fillEventBucket({ maps }: LoadedCounters, { flows }: CountersConfig): void {
  if (!flows || flows.events === false) return;
  const { capacity } = bucketPlan(flows.events.perSecond, flows.events.burst);
  maps.eventBucket.set(0, BigInt(capacity));
}

function resetAll(loaded: LoadedCounters, config: CountersConfig): void {
  const { maps } = loaded;
  resetCounters(maps.singles, SINGLE_SLOTS);
  for (const counters of [maps.protocols, maps.tcpFlags, maps.prefixes]) {
    resetCounters(counters, counters.spec.maxEntries);
  }
  for (const key of [...maps.ports.keys()]) maps.ports.delete(key);
  for (const key of [...maps.flowsV4.keys()]) maps.flowsV4.delete(key);
  for (const key of [...maps.flowsV6.keys()]) maps.flowsV6.delete(key);
  resetHistogram(maps.sizes, config.sizes);
  resetHistogram(maps.interArrival, config.interArrival);
  maps.lastArrival.set(0, 0n);
  maps.events.drain();
  fillPorts(loaded, config);
  fillEventBucket(loaded, config);
}
