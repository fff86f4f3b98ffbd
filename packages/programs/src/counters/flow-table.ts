import type { Js } from '@hookline/layout';
import type { FlowEvent } from './maps.ts';
import type { LoadedCounters } from './tables.ts';

/** One direction of a conversation. Ports are 0 where the packets have none. */
export interface FlowAddresses {
  readonly source: string;
  readonly destination: string;
  /** An IP protocol number. */
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** A flow with what it has counted since it came into the table. */
export interface Flow extends FlowAddresses {
  readonly packets: bigint;
  /** Frame bytes without FCS. */
  readonly bytes: bigint;
  /** Nanoseconds of CLOCK_MONOTONIC, or of the simulated clock. */
  readonly firstSeen: bigint;
  readonly lastSeen: bigint;
}

/** A flow that came into the table. */
export interface NewFlow extends FlowAddresses {
  /** Nanoseconds of CLOCK_MONOTONIC, or of the simulated clock. */
  readonly time: bigint;
  /** Bytes of its first packet, without FCS. */
  readonly length: number;
}

/** All flows that are in the table now, in no order. */
export function readFlows({ maps }: LoadedCounters): readonly Flow[] {
  return [maps.flowsV4, maps.flowsV6].flatMap((table) =>
    [...table.entries()].map(([key, value]): Flow => ({ ...key, ...value })),
  );
}

/** The flows that have counted most, the first one most of all. */
export function topFlows(flows: readonly Flow[], count: number, by: 'packets' | 'bytes'): readonly Flow[] {
  const order = (one: Flow, other: Flow): number => {
    if (one[by] !== other[by]) return one[by] > other[by] ? -1 : 1;
    return flowLabel(one) < flowLabel(other) ? -1 : 1;
  };
  return flows.toSorted(order).slice(0, count);
}

/** `6 192.0.2.1:40000 > [2001:db8::1]:443`, unique among flows. */
export function flowLabel({ source, destination, sourcePort, destinationPort, protocol }: FlowAddresses): string {
  const end = (address: string, port: number) => `${address.includes(':') ? `[${address}]` : address}:${port}`;
  return `${protocol} ${end(source, sourcePort)} > ${end(destination, destinationPort)}`;
}

export function newFlow(event: Js<typeof FlowEvent>): NewFlow {
  const { time, length, version, protocol, sourcePort, destinationPort } = event;
  const [source, destination] =
    version === 4 ? [event.sourceV4, event.destinationV4] : [event.sourceV6, event.destinationV6];
  return { time, source, destination, protocol, sourcePort, destinationPort, length };
}
