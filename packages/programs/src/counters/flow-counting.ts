import { type Ipv4, type Ipv6, type Maybe, type Place, type Uint, when } from '@hookline/builder';
import { countPacket } from '../counts.ts';
import { bucketPlan, OUTCOME, takeTokens, tickOf } from '../token-bucket.ts';
import type { FlowCounters } from './counters-config.ts';
import type { CountersMaps, FlowValue } from './maps.ts';
import { singleSlot } from './slots.ts';

/** A packet of a flow. */
export interface FlowSubject {
  readonly network: { readonly version: 4; readonly ip: Ipv4 } | { readonly version: 6; readonly ip: Ipv6 };
  readonly protocol: Uint<'u8'>;
  readonly sourcePort: Uint<'u16'>;
  readonly destinationPort: Uint<'u16'>;
  readonly length: Uint<'u32'>;
  /** Nanoseconds. */
  readonly now: Uint<'u64'>;
}

/** In a program: counts the packet for its flow, which makes room for itself. */
export function countFlow(config: FlowCounters, maps: CountersMaps, subject: FlowSubject): void {
  const { network, protocol, sourcePort, destinationPort, length, now } = subject;
  const ports = { sourcePort, destinationPort, protocol };
  const fresh = { packets: 1, bytes: length, firstSeen: now, lastSeen: now };

  const count = (lookup: () => Maybe<Place<typeof FlowValue, 'shared'>>, create: () => Created) => {
    const add = (flow: Place<typeof FlowValue, 'shared'>) => {
      flow.packets.add(1);
      flow.bytes.add(length);
      flow.lastSeen.set(now);
    };
    when(lookup(), add).otherwise(() => {
      when(create().eq(0), () => emitEvent(config, maps, subject)).otherwise(() => {
        // Another CPU has made it meanwhile, or no entry could be freed.
        when(lookup(), add).otherwise(() => countPacket(maps.singles, singleSlot('flows not kept'), length));
      });
    });
  };

  if (network.version === 4) {
    const { source, destination } = network.ip;
    const key = { source, destination, ...ports };
    count(
      () => maps.flowsV4.lookup(key),
      () => maps.flowsV4.update(key, fresh, 'create'),
    );
  } else {
    const { source, destination } = network.ip;
    const key = { source, destination, ...ports };
    count(
      () => maps.flowsV6.lookup(key),
      () => maps.flowsV6.update(key, fresh, 'create'),
    );
  }
}

type Created = ReturnType<CountersMaps['flowsV4']['update']>;

const NO_ADDRESSES = { sourceV4: '0.0.0.0', destinationV4: '0.0.0.0', sourceV6: '::', destinationV6: '::' };

function emitEvent({ events }: FlowCounters, maps: CountersMaps, subject: FlowSubject): void {
  if (events === false) return;
  const { network, now, protocol, sourcePort, destinationPort, length } = subject;
  const plan = bucketPlan(events.perSecond, events.burst);
  when(maps.eventBucket.lookup(0), (bucket) => {
    when(takeTokens(bucket, tickOf(now), plan.unit, plan).eq(OUTCOME.TAKEN), () => {
      maps.events.emit({
        time: now,
        version: network.version,
        protocol,
        sourcePort,
        destinationPort,
        ...NO_ADDRESSES,
        ...(network.version === 4
          ? { sourceV4: network.ip.source, destinationV4: network.ip.destination }
          : { sourceV6: network.ip.source, destinationV6: network.ip.destination }),
        length,
      });
    });
  });
}
