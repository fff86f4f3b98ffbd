import {
  DROP,
  type Ethernet,
  type KeyedMap,
  type Operand,
  type Place,
  type Uint,
  type Verdict,
  variable,
  XDP,
  type XdpPacket,
} from '@hookline/builder';
import { mac, u16 } from '@hookline/layout';
import { ETHER_TYPE, IP_PROTOCOL } from '@hookline/packet';
import type { LoadBalancerConfig } from './load-balancer-config.ts';
import type { LoadBalancerMaps } from './maps.ts';
import { OuterIpv4, OuterIpv6 } from './views.ts';

/** A backend in its map. */
export type BackendPlace =
  LoadBalancerMaps['backends'] extends KeyedMap<infer _K, infer V, 'shared', 'array'> ? Place<V, 'shared'> : never;

/** Of every header that this program makes. */
export const TTL = 64;
/** In the fragment field: this packet is not to be fragmented. */
export const DONT_FRAGMENT = 0x4000;
/** Version 4 and five words. */
export const IPV4_FIRST = 0x45;

/** How frames leave. */
export function transmit(config: LoadBalancerConfig, maps: LoadBalancerMaps): Verdict<'xdp'> {
  return config.output === 'same' ? XDP.TX : maps.output.redirect(0, DROP);
}

/** The frame goes to the backend's MAC, from the one that it came to; everything in it stays. */
export function sendDirectly(ethernet: Ethernet, backend: BackendPlace): void {
  ethernet.source.set(ethernet.destination);
  ethernet.destination.set(backend.mac);
}

/** Makes room in front, and writes the Ethernet header there. */
function moved(packet: XdpPacket, before: Ethernet, backend: BackendPlace, by: number, etherType: number): Ethernet {
  const own = variable(mac, before.destination);
  packet.adjustHead(-by).orReturn(DROP);
  const ethernet = packet.ethernet().orReturn(DROP);
  ethernet.destination.set(backend.mac);
  ethernet.source.set(own);
  ethernet.etherType.set(etherType);
  return ethernet;
}

/** The carries of a sum of 16-bit words, added to it twice: that is all that a few words leave. Complemented. */
export function folded(sum: Uint<'u64'>): Uint<'u16'> {
  const half = sum.bitAnd(0xffff_ffffn).plus(sum.shiftRight(32));
  const once = half.bitAnd(0xffff).plus(half.shiftRight(16));
  const twice = once.bitAnd(0xffff).plus(once.shiftRight(16));
  const thrice = twice.bitAnd(0xffff).plus(twice.shiftRight(16));
  return thrice.bitXor(0xffff).as(u16);
}

/**
 * IPv4 in IPv4 (RFC 2003): the outer header has the inner one's DSCP and ECN (RFC 6040 section 4.1, normal mode), and
 * DF, because its identification is 0 (RFC 6864 section 4.1).
 */
export function sendThroughIpv4(
  config: LoadBalancerConfig,
  packet: XdpPacket,
  before: Ethernet,
  backend: BackendPlace,
  inner: { readonly totalLength: Uint<'u16'>; readonly trafficClass: Uint<'u8'>; readonly headerSum: Uint<'u64'> },
): void {
  const ethernet = moved(packet, before, backend, OuterIpv4.size, ETHER_TYPE.IPV4);
  const outer = ethernet.payload(OuterIpv4).orReturn(DROP);
  const totalLength = inner.totalLength.plus(OuterIpv4.size);
  outer.first.set(IPV4_FIRST);
  outer.trafficClass.set(inner.trafficClass);
  outer.totalLength.set(totalLength);
  outer.identification.set(0);
  outer.fragment.set(DONT_FRAGMENT);
  outer.ttl.set(TTL);
  outer.protocol.set(IP_PROTOCOL.IPV4);
  outer.checksum.set(folded(inner.headerSum.plus(inner.trafficClass).plus(totalLength)));
  outer.source.set(config.source.ipv4 ?? '0.0.0.0');
  outer.destination.set(backend.ipv4);
}

/** The words of such a header that never change, added up: first, fragment, ttl and protocol, addresses. */
export function outerHeaderSum(source: Uint8Array, destination: Uint8Array): number {
  const words = [source, destination].flatMap((bytes) =>
    [0, 2].map((i) => ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)),
  );
  const fixed = (IPV4_FIRST << 8) + DONT_FRAGMENT + ((TTL << 8) | IP_PROTOCOL.IPV4);
  return words.reduce((sum, word) => sum + word, fixed);
}

/** In the first word of IPv6. */
export const VERSION_6 = 0x6000_0000;
const TRAFFIC_CLASS = 0x0ff0_0000;
const FLOW_LABEL = 0x000f_ffff;

/**
 * IPv6 in IPv6 (RFC 2473): the traffic class is copied, the flow label tells flows apart for whoever spreads the tunnel
 * over several links or queues (RFC 6438 section 4).
 */
export function sendThroughIpv6(
  config: LoadBalancerConfig,
  packet: XdpPacket,
  before: Ethernet,
  backend: BackendPlace,
  inner: { readonly payloadLength: Uint<'u16'>; readonly first: Uint<'u32'>; readonly label: Uint<'u32'> },
): void {
  const ethernet = moved(packet, before, backend, OuterIpv6.size, ETHER_TYPE.IPV6);
  const outer = ethernet.payload(OuterIpv6).orReturn(DROP);
  const first: Operand<'u32'> = inner.first
    .bitAnd(TRAFFIC_CLASS)
    .bitOr(VERSION_6)
    .bitOr(inner.label.bitAnd(FLOW_LABEL));
  outer.first.set(first);
  outer.payloadLength.set(inner.payloadLength.plus(OuterIpv6.size));
  outer.nextHeader.set(IP_PROTOCOL.IPV6);
  outer.hopLimit.set(TTL);
  outer.source.set(config.source.ipv6 ?? '::');
  outer.destination.set(backend.ipv6);
}
