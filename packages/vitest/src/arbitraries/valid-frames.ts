import {
  arp,
  craft,
  ethernet,
  icmpEchoRequest,
  icmpv6EchoRequest,
  type Payload,
  serviceVlan,
  type TcpFlag,
  tcp,
  udp,
  vlan,
} from '@hookline/packet';
import fc from 'fast-check';
import { arbitraryEnds, arbitraryPort, between, type TrafficOptions } from './endpoints.ts';

/** The shortest frame on a wire without its FCS (IEEE 802.3, clause 4.4.2). */
const SHORTEST = 60;

/** Combinations that a real endpoint sends (RFC 9293 section 3.10.7). */
const FLAGS: readonly (readonly TcpFlag[])[] = [
  ['SYN'],
  ['SYN', 'ACK'],
  ['ACK'],
  ['ACK', 'PSH'],
  ['ACK', 'FIN'],
  ['RST'],
];

/**
 * Frames as they should be: TCP, UDP and ICMP over IPv4 and IPv6, and ARP, with up to two VLAN tags; lengths agree,
 * checksums are good, and short frames are padded to 60 bytes.
 */
export function validFrames(options: TrafficOptions = {}): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(networks(options), fc.constantFrom(0, 0, 0, 0, 1, 1, 2), fc.integer({ min: 1, max: 4094 }))
    .map(([network, tags, vlanId]) => {
      let payload = network;
      if (tags > 0) payload = vlan({ vlanId }, payload);
      if (tags > 1) payload = serviceVlan({ vlanId }, payload);
      return craft(ethernet({}, payload), { minimumLength: SHORTEST });
    });
}

function networks(options: TrafficOptions): fc.Arbitrary<Payload> {
  const hops = fc.integer({ min: 1, max: 255 });
  const ip = fc
    .tuple(arbitraryEnds(options), hops, transports(options), fc.uint8Array({ maxLength: 32 }))
    .map(([ends, ttl, transport, data]) => {
      const echo = ends.isIpv6 ? icmpv6EchoRequest({}, data) : icmpEchoRequest({}, data);
      return between(ends, ttl, transport ?? echo);
    });
  return fc.oneof({ weight: 9, arbitrary: ip }, { weight: 1, arbitrary: fc.constant(arp()) });
}

/** Null for an echo, which each family of IP has its own of. */
function transports(options: TrafficOptions): fc.Arbitrary<Payload | null> {
  const ports = { sourcePort: arbitraryPort(options), destinationPort: arbitraryPort(options) };
  const data = fc.uint8Array({ maxLength: 64 });
  const segment = fc
    .tuple(
      fc.record({ ...ports, flags: fc.constantFrom(...FLAGS), sequenceNumber: fc.nat(), window: fc.nat(0xffff) }),
      data,
    )
    .map(([fields, bytes]) => tcp(fields, bytes));
  const datagram = fc.tuple(fc.record(ports), data).map(([fields, bytes]) => udp(fields, bytes));
  return fc.oneof(
    { weight: 4, arbitrary: segment },
    { weight: 3, arbitrary: datagram },
    { weight: 1, arbitrary: fc.constant(null) },
  );
}
