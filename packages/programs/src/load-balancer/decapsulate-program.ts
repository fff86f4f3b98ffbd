import {
  DROP,
  type Ethernet,
  type Ipv4,
  type Ipv6,
  PASS,
  type Uint,
  type Verdict,
  variable,
  when,
  type XdpPacket,
  xdp,
} from '@hookline/builder';
import { mac, struct, u8, u32 } from '@hookline/layout';
import { ETHER_TYPE, IP_PROTOCOL } from '@hookline/packet';
import { countPacket } from '../counts.ts';
import type { DecapsulateMaps } from './decapsulate-maps.ts';
import { Ipv4View, Ipv6View } from './views.ts';

/** Slots of the counters. */
const SLOT = { ipv4: 0, ipv6: 1, stranger: 2, damaged: 3, congestion: 4, other: 5 } as const;
/** ECN (RFC 3168 section 5): the sender cannot be told, and congestion experienced. */
const ECN = { NOT_ECT: 0, CE: 3 } as const;

const Macs = struct('macs', { destination: mac, source: mac });

/** Tunnels without options, extension headers or fragments, as the load balancer makes them. */
export function decapsulateProgram(maps: DecapsulateMaps) {
  return xdp('decapsulate', ({ packet }) => {
    const received = packet.length.as(u32);
    const leave = (slot: number, verdict: Verdict<'xdp'>) => {
      countPacket(maps.counters, slot, received);
      return verdict;
    };
    const other = () => leave(SLOT.other, PASS);
    const damaged = () => leave(SLOT.damaged, DROP);
    const stranger = () => leave(SLOT.stranger, DROP);
    const ethernet = packet.ethernet().orReturn(other);
    when(ethernet.etherType.oneOf(ETHER_TYPE.IPV4, ETHER_TYPE.IPV6).not(), other);

    /** RFC 6040 section 4.2: congestion on the way of the tunnel is told to the receiver of the packet. */
    const congested = (outer: Uint<'u8'>, inner: Uint<'u8'>) => {
      when(outer.eq(ECN.CE).and(inner.eq(ECN.NOT_ECT)), () => leave(SLOT.congestion, DROP));
      return outer.eq(ECN.CE);
    };

    const fromIpv4 = (ip: Ipv4) => {
      when(ip.protocol.ne(IP_PROTOCOL.IPV4), other);
      maps.endpoints4.lookup(ip.destination).orReturn(other);
      maps.senders4.lookup(ip.source).orReturn(stranger);
      const inner = ip.payload(Ipv4View).orReturn(damaged);
      when(ip.isFragment().or(ip.headerLength.ne(5)).or(inner.first.between(0x45, 0x4f).not()), damaged);
      const mark = variable(u8, 0);
      when(congested(ip.ecn.plus(0), inner.trafficClass.bitAnd(ECN.CE)), () => mark.set(1));
      takeOff(packet, ethernet, Ipv4View.size);
      when(mark.ne(0), () => {
        when(packet.ipv4(), (own) => own.rewrite({ ecn: ECN.CE }));
      });
      return leave(SLOT.ipv4, PASS);
    };
    const fromIpv6 = (ip: Ipv6) => {
      when(ip.nextHeader.ne(IP_PROTOCOL.IPV6), other);
      maps.endpoints6.lookup(ip.destination).orReturn(other);
      maps.senders6.lookup(ip.source).orReturn(stranger);
      const inner = ip.payload(Ipv6View).orReturn(damaged);
      when(inner.first.shiftRight(28).ne(6), damaged);
      const mark = variable(u8, 0);
      const innerEcn = inner.first.shiftRight(20).bitAnd(ECN.CE).as(u8);
      when(congested(ip.ecn.as(u8), innerEcn), () => mark.set(1));
      takeOff(packet, ethernet, Ipv6View.size);
      when(mark.ne(0), () => {
        when(packet.ipv6(), (own) => own.ecn.set(ECN.CE));
      });
      return leave(SLOT.ipv6, PASS);
    };
    return when(packet.ipv4(), fromIpv4).elseWhen(packet.ipv6(), fromIpv6).otherwise(other);
  });
}

/** Takes the outer header off: the Ethernet header moves up to the inner one, whose EtherType is the same. */
function takeOff(packet: XdpPacket, before: Ethernet, size: number): void {
  const { destination, source } = before;
  const macs = variable(Macs, { destination, source });
  const etherType = before.etherType.plus(0);
  packet.adjustHead(size).orReturn(DROP);
  const ethernet = packet.ethernet().orReturn(DROP);
  ethernet.destination.set(macs.destination);
  ethernet.source.set(macs.source);
  ethernet.etherType.set(etherType);
}
