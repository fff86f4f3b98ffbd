import type { LoadedObject, Programs, Row } from '@hookline/bpf';
import { IP_PROTOCOL, TCP_FLAGS } from '@hookline/packet';
import { PROTOCOL_NAMES } from '../firewall/protocols.ts';
import type { CountersConfig } from './counters-config.ts';
import type { CountersMaps } from './maps.ts';
import { SIDE_NUMBERS } from './port-counting.ts';
import { FLAG_SLOTS, otherProtocolAt, PROTOCOL_SLOTS, type Single, singleSlot } from './slots.ts';

export type LoadedCounters = LoadedObject<Programs, CountersMaps>;

/** What the tables hold; of the first three only rows that have counted something. */
export interface CounterTables {
  /** `tcp`, `protocol 99`, `ARP`, `damaged IP`, `not IP`. */
  readonly protocols: readonly Row[];
  /** `SYN`, `PSH ACK`, `no flags`. */
  readonly tcpFlags: readonly Row[];
  /** `tcp destination 443`; the busiest first, and `other ports` last. */
  readonly ports: readonly Row[];
  /** `source 10.0.0.0/8`, in the order of the configuration. */
  readonly prefixes: readonly Row[];
}

interface Counted {
  readonly packets: bigint;
  readonly bytes: bigint;
}

/** The counters look on: everything passes. */
const ACTION = 'pass';

const PROTOCOL_LABELS = new Map(Object.entries(PROTOCOL_NAMES).map(([name, number]) => [number, name]));
const TRANSPORTS = new Map<number, string>([
  [IP_PROTOCOL.TCP, 'tcp'],
  [IP_PROTOCOL.UDP, 'udp'],
]);

export function protocolLabel(number: number): string {
  return PROTOCOL_LABELS.get(number) ?? `protocol ${number}`;
}

function sum(perCpu: readonly Counted[] | undefined): Counted {
  let packets = 0n;
  let bytes = 0n;
  for (const one of perCpu ?? []) {
    packets += one.packets;
    bytes += one.bytes;
  }
  return { packets, bytes };
}

const row = (label: string, counted: Counted): Row => ({ label, action: ACTION, ...counted });
const hasCounted = ({ packets }: Counted): boolean => packets > 0n;

/** The most bytes first, then by label, so that equal ones have an order. */
function busiestFirst(one: Row, other: Row): number {
  if (one.bytes !== other.bytes) return one.bytes > other.bytes ? -1 : 1;
  return one.label < other.label ? -1 : 1;
}

export function singleRow({ maps }: LoadedCounters, single: Single): Row {
  return row(single, sum(maps.singles.get(singleSlot(single))));
}

export function readTables(loaded: LoadedCounters, config: CountersConfig): CounterTables {
  return {
    protocols: config.protocols ? protocolRows(loaded) : [],
    tcpFlags: config.tcpFlags ? flagRows(loaded) : [],
    ports: config.ports ? portRows(loaded) : [],
    prefixes: prefixRows(loaded, config),
  };
}

function protocolRows({ maps }: LoadedCounters): readonly Row[] {
  return Array.from({ length: PROTOCOL_SLOTS }, (_, slot) =>
    row(otherProtocolAt(slot) ?? protocolLabel(slot), sum(maps.protocols.get(slot))),
  ).filter(hasCounted);
}

function flagRows({ maps }: LoadedCounters): readonly Row[] {
  return Array.from({ length: FLAG_SLOTS }, (_, flags) => {
    const names = Object.entries(TCP_FLAGS).filter(([, bit]) => (flags & bit) !== 0);
    const label = names.length === 0 ? 'no flags' : names.map(([name]) => name).join(' ');
    return row(label, sum(maps.tcpFlags.get(flags)));
  }).filter(hasCounted);
}

function portRows(loaded: LoadedCounters): readonly Row[] {
  const rows = [...loaded.maps.ports.entries()].map(([{ port, protocol, side }, perCpu]) => {
    const sideName = side === SIDE_NUMBERS.source ? 'source' : 'destination';
    return row(`${TRANSPORTS.get(protocol) ?? protocol} ${sideName} ${port}`, sum(perCpu));
  });
  return [...rows.filter(hasCounted).toSorted(busiestFirst), singleRow(loaded, 'other ports')];
}

function prefixRows({ maps }: LoadedCounters, { prefixes }: CountersConfig): readonly Row[] {
  if (!prefixes) return [];
  const labels = [
    ...prefixes.source.map((prefix) => `source ${prefix}`),
    ...prefixes.destination.map((prefix) => `destination ${prefix}`),
  ];
  return labels.map((label, slot) => row(label, sum(maps.prefixes.get(slot))));
}
