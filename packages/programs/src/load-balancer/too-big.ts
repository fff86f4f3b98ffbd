import { DROP, type Ethernet, type Uint, type UintPlace, variable, type XdpPacket } from '@hookline/builder';
import { i32, mac, struct, u64 } from '@hookline/layout';
import { ETHER_TYPE, EthernetHeader, ICMP_TYPE, ICMPV6_TYPE, IP_PROTOCOL } from '@hookline/packet';
import { DONT_FRAGMENT, folded, IPV4_FIRST, TTL, VERSION_6 } from './forward.ts';
import { AnswerIpv4, AnswerIpv6, Ipv4View, Ipv6View, QUOTED } from './views.ts';

/*
 * A packet that its outer header would make too long for the MTU is answered in the name of the virtual service: the
 * frame becomes the answer. Its sender then sends shorter packets (path MTU discovery, RFC 1191 and RFC 8201).
 */

/** Fragmentation needed and DF set (RFC 792, RFC 1191 section 4). */
const FRAGMENTATION_NEEDED = 4;
const ICMP_SIZE = 8;

const Macs = struct('macs', { source: mac, destination: mac });

/** Both addresses of the frame, safe from what is written over it. */
function macsOf({ source, destination }: Ethernet) {
  return variable(Macs, { source, destination });
}

/** Makes room in front, and writes an Ethernet header there that goes back to where the frame came from. */
function answerFrame(packet: XdpPacket, before: Ethernet, room: number, etherType: number): Ethernet {
  const { source, destination } = macsOf(before);
  packet.adjustHead(-room).orReturn(DROP);
  const ethernet = packet.ethernet().orReturn(DROP);
  ethernet.destination.set(source);
  ethernet.source.set(destination);
  ethernet.etherType.set(etherType);
  return ethernet;
}

/** Cuts the frame to so many bytes. */
function cutTo(packet: XdpPacket, received: Uint<'u32'>, room: number, size: number): void {
  const surplus = received.minus(size - room).as(i32);
  packet.adjustTail(surplus.times(-1)).orReturn(DROP);
}

/** A 16-bit word of a header as it is added to a sum of words in the order of memory. */
function inMemory(word: number): number {
  return ((word & 0xff) << 8) | (word >>> 8);
}

function sumOf(initial: number, words: readonly (Uint<'u32'> | Uint<'u64'>)[]): UintPlace<'u64', 'own'> {
  const sum = variable(u64, initial);
  for (const word of words) sum.add(word);
  return sum;
}

/** Both halves of 8 bytes: their sum as a whole would lose its carry. */
function halves(word: Uint<'u64'>): readonly Uint<'u64'>[] {
  return [word.bitAnd(0xffff_ffffn), word.shiftRight(32)];
}

/**
 * ICMP "fragmentation needed" with the MTU that is left inside of the tunnel, and the header and 8 bytes of the packet,
 * which has no options.
 */
export function answerIpv4(packet: XdpPacket, before: Ethernet, received: Uint<'u32'>, mtu: number): void {
  const room = Ipv4View.size + ICMP_SIZE;
  const totalLength = room + QUOTED.ipv4;
  const ethernet = answerFrame(packet, before, room, ETHER_TYPE.IPV4);
  const answer = ethernet.payload(AnswerIpv4).orReturn(DROP);
  const words = Array.from({ length: QUOTED.ipv4 / 4 }, (_, i) => answer.quoted.at(i).plus(0));
  const [client, service] = [answer.quoted.at(3).plus(0), answer.quoted.at(4).plus(0)];
  const { ip } = answer;
  ip.first.set(IPV4_FIRST);
  ip.trafficClass.set(0);
  ip.totalLength.set(totalLength);
  ip.identification.set(0);
  ip.fragment.set(DONT_FRAGMENT);
  ip.ttl.set(TTL);
  ip.protocol.set(IP_PROTOCOL.ICMP);
  const fixed = [IPV4_FIRST << 8, totalLength, DONT_FRAGMENT, (TTL << 8) | IP_PROTOCOL.ICMP];
  ip.checksum.set(folded(sumOf(total(fixed), [client, service])));
  ip.source.set(service);
  ip.destination.set(client);

  answer.type.set(ICMP_TYPE.DESTINATION_UNREACHABLE);
  answer.code.set(FRAGMENTATION_NEEDED);
  answer.unused.set(0);
  answer.mtu.set(mtu);
  const start = [(ICMP_TYPE.DESTINATION_UNREACHABLE << 8) | FRAGMENTATION_NEEDED, mtu];
  answer.checksum.set(folded(sumOf(total(start), words)));
  cutTo(packet, received, room, EthernetHeader.size + totalLength);
}

/** ICMPv6 "packet too big" (RFC 4443 section 3.2), with 48 bytes of the packet: its header, and usually the ports. */
export function answerIpv6(packet: XdpPacket, before: Ethernet, received: Uint<'u32'>, mtu: number): void {
  const room = Ipv6View.size + ICMP_SIZE;
  const payloadLength = ICMP_SIZE + QUOTED.ipv6;
  const ethernet = answerFrame(packet, before, room, ETHER_TYPE.IPV6);
  const answer = ethernet.payload(AnswerIpv6).orReturn(DROP);
  const word = (i: number) => answer.quoted.at(i).plus(0);
  const [clientHigh, clientLow, serviceHigh, serviceLow] = [word(1), word(2), word(3), word(4)] as const;
  const addresses = [clientHigh, clientLow, serviceHigh, serviceLow];
  const { ip } = answer;
  ip.first.set(VERSION_6);
  ip.payloadLength.set(payloadLength);
  ip.nextHeader.set(IP_PROTOCOL.ICMPV6);
  ip.hopLimit.set(TTL);
  ip.sourceHigh.set(serviceHigh);
  ip.sourceLow.set(serviceLow);
  ip.destinationHigh.set(clientHigh);
  ip.destinationLow.set(clientLow);

  answer.type.set(ICMPV6_TYPE.PACKET_TOO_BIG);
  answer.code.set(0);
  answer.mtu.set(mtu);
  // The pseudo-header (RFC 8200 section 8.1) has the addresses of the quoted packet, in the other order.
  const start = [ICMPV6_TYPE.PACKET_TOO_BIG << 8, mtu, payloadLength, IP_PROTOCOL.ICMPV6];
  const summed = [word(0), ...addresses, word(5), ...addresses].flatMap(halves);
  answer.checksum.set(folded(sumOf(total(start), summed)));
  cutTo(packet, received, room, EthernetHeader.size + Ipv6View.size + payloadLength);
}

/** The parts of a header that are known, added up. */
function total(words: readonly number[]): number {
  return words.reduce((sum, word) => sum + inMemory(word), 0);
}
