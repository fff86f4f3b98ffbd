import { be16, be32, struct, u8, u32 } from '@hookline/layout';
import {
  arp,
  authentication,
  craft,
  destinationOptions,
  ethernet,
  fragment,
  hopByHop,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  type Layer,
  routing,
  serviceVlan,
  TCP_OPTION,
  tcp,
  udp,
  vlan,
} from '@hookline/packet';
import { DROP, type Hook, PASS, type Packet, repeat, STOP, type Verdict, variable, when } from '../src/index.ts';

/** What a body decides about a frame: `DROP` is the answer yes. */
export interface ParsingCase {
  readonly name: string;
  readonly body: (packet: Packet) => Verdict<Hook>;
  readonly yes: readonly Uint8Array[];
  readonly no: readonly Uint8Array[];
}

const frame = (layer: Layer): Uint8Array => craft(layer, { minimumLength: 60 });
const cut = (layer: Layer, length: number): Uint8Array => craft(layer).subarray(0, length);

const web = tcp({ sourcePort: 40_000, destinationPort: 443 }, 'hello');
const dns = udp({ sourcePort: 40_000, destinationPort: 53 }, 'question');
/** A header that lies in the padding of the smallest frame: the packet itself ends before. */
const behindTheEnd = (totalLength: number): Uint8Array => frame(ipv4({ totalLength, protocol: 6 }, web));

const Kind = struct('kind', { kind: u8 });
const Option = struct('option', { kind: u8, length: u8, value: be16 }, { packed: true });

const Question = struct(
  'question',
  { identification: be16, flags: be16, questions: be16, more: be32 },
  { packed: true },
);
const Two = struct('two', { first: u8, second: u8 }, { packed: true });

const isWeb = (packet: Packet): Verdict<Hook> => {
  const ip = packet.ipv4().orReturn(PASS);
  const segment = ip.tcp().orReturn(PASS);
  return when(segment.destinationPort.eq(443), () => DROP).otherwise(() => PASS);
};

export const parsingCases: readonly ParsingCase[] = [
  {
    name: 'TCP over IPv4, with options and VLAN tags',
    body: isWeb,
    yes: [
      frame(web),
      frame(ipv4({ options: ['noOperation', 'noOperation', 'noOperation', 'end'] }, web)),
      frame(ipv4({ options: new Array(40).fill('noOperation') }, web)),
      frame(vlan({ vlanId: 5 }, ipv4({}, web))),
      frame(serviceVlan({ vlanId: 5 }, vlan({ vlanId: 6 }, ipv4({}, web)))),
      frame(ipv4({ moreFragments: 1 }, web)),
    ],
    no: [
      frame(dns),
      frame(tcp({ destinationPort: 444 })),
      frame(ipv6({}, web)),
      // RFC 791: the offset says that this is the middle of a datagram.
      frame(ipv4({ fragmentOffset: 1, protocol: 6 }, craft(web).subarray(34))),
      frame(ipv4({ version: 5 }, web)),
      frame(ipv4({ headerLength: 4 }, web)),
      frame(ipv4({ headerLength: 15 }, web)),
      frame(ipv4({ totalLength: 19 }, web)),
      // The header ends one byte before the TCP header is complete; what follows is padding.
      behindTheEnd(39),
      behindTheEnd(20),
      cut(web, 53),
      cut(web, 33),
      cut(web, 14),
      frame(tcp({ dataOffset: 4, destinationPort: 443 })),
      frame(vlan({}, vlan({}, vlan({}, ipv4({}, web))))),
      frame(ethernet({ etherType: 0x0801 }, craft(ipv4({}, web), { link: 'none' }))),
    ],
  },
  {
    name: 'UDP and ICMP behind IPv6 extension headers',
    body(packet) {
      const ip = packet.ipv6().orReturn(PASS);
      when(ip.udp(), (datagram) => {
        when(datagram.destinationPort.eq(53), () => DROP);
      }).elseWhen(ip.icmp(), (message) => {
        when(message.type.eq(128), () => DROP);
      });
      return PASS;
    },
    yes: [
      frame(ipv6({}, dns)),
      frame(ipv6({}, icmpv6({ type: 128 }))),
      frame(ipv6({}, hopByHop({}, dns))),
      frame(ipv6({}, hopByHop({}, routing({}, destinationOptions({}, authentication({}, dns)))))),
      frame(ipv6({}, fragment({ fragmentOffset: 0, moreFragments: 1 }, dns))),
      frame(vlan({}, ipv6({}, destinationOptions({}, icmpv6({ type: 128 }))))),
      frame(
        ipv6(
          {},
          destinationOptions(
            {},
            destinationOptions(
              {},
              destinationOptions({}, destinationOptions({}, destinationOptions({}, destinationOptions({}, dns)))),
            ),
          ),
        ),
      ),
    ],
    no: [
      frame(dns),
      frame(ipv6({}, web)),
      frame(ipv6({ version: 4 }, dns)),
      frame(ipv6({}, fragment({ fragmentOffset: 1, nextHeader: 17 }, craft(dns).subarray(34)))),
      frame(ipv6({ payloadLength: 7 }, dns)),
      frame(ipv6({ payloadLength: 0 }, dns)),
      cut(ipv6({}, dns), 61),
      cut(ipv6({}, hopByHop({}, dns)), 57),
      // Seven extension headers are more than any packet has a use for.
      frame(
        ipv6(
          {},
          destinationOptions(
            {},
            destinationOptions(
              {},
              destinationOptions(
                {},
                destinationOptions({}, destinationOptions({}, destinationOptions({}, destinationOptions({}, dns)))),
              ),
            ),
          ),
        ),
      ),
      frame(ipv6({ nextHeader: 59 }, dns)),
    ],
  },
  {
    name: 'fragments of both families',
    body(packet) {
      when(packet.ipv4(), (ip) => {
        when(ip.isFragment(), () => DROP);
      });
      when(packet.ipv6(), (ip) => {
        when(ip.isFragment(), () => DROP);
      });
      return PASS;
    },
    yes: [
      frame(ipv4({ moreFragments: 1 }, dns)),
      frame(ipv4({ fragmentOffset: 3 }, 'rest')),
      frame(ipv6({}, fragment({ moreFragments: 1 }, dns))),
      frame(ipv6({}, hopByHop({}, fragment({ fragmentOffset: 9, nextHeader: 17 }, 'rest')))),
    ],
    no: [frame(ipv4({ dontFragment: 1 }, dns)), frame(ipv6({}, dns)), frame(arp())],
  },
  {
    name: 'later fragments of both families',
    body(packet) {
      when(packet.ipv4(), (ip) => {
        when(ip.isLaterFragment(), () => DROP);
      }).elseWhen(packet.ipv6(), (ip) => {
        when(ip.isLaterFragment(), () => DROP);
      });
      return PASS;
    },
    yes: [
      frame(ipv4({ fragmentOffset: 3 }, 'rest')),
      frame(ipv6({}, fragment({ fragmentOffset: 9, nextHeader: 17 }, 'rest'))),
    ],
    no: [frame(ipv4({ moreFragments: 1 }, dns)), frame(ipv6({}, fragment({ moreFragments: 1 }, dns)))],
  },
  {
    name: 'the payload of UDP within its own length',
    body(packet) {
      const datagram = packet.ipv4().orReturn(PASS).udp().orReturn(PASS);
      const question = datagram.payload(Question).orReturn(PASS);
      when(question.identification.ne(0x7175), () => PASS);
      const rest = question.payload(Two).orReturn(PASS);
      return when(rest.first.eq(0x58).and(rest.second.eq(0x59)), () => DROP).otherwise(() => PASS);
    },
    yes: [frame(udp({}, 'questionalXY')), frame(ipv4({ options: ['noOperation'] }, udp({}, 'questionalXYZ')))],
    no: [
      frame(udp({}, 'questionalXZ')),
      frame(udp({}, 'questionalX')),
      // The payload is there, but UDP's length says that it is not part of the datagram.
      frame(udp({ length: 19 }, 'questionalXY')),
      frame(udp({ length: 21 }, 'questionalXY')),
      frame(udp({ length: 7 }, 'questionalXY')),
    ],
  },
  {
    name: 'the payload of TCP behind its options',
    body(packet) {
      const segment = packet.ipv4().orReturn(PASS).tcp().orReturn(PASS);
      const two = segment.payload(Two).orReturn(PASS);
      return when(two.first.eq(0x58), () => DROP).otherwise(() => PASS);
    },
    yes: [frame(tcp({}, 'XY')), frame(tcp({ options: { maximumSegmentSize: 1460 } }, 'XY'))],
    no: [frame(tcp({}, 'X')), frame(tcp({}, 'YX')), frame(tcp({ dataOffset: 15 }, 'XY'))],
  },
  {
    name: 'VLAN tags and their numbers',
    body(packet) {
      const tag = packet.vlan().orReturn(PASS);
      when(tag.vlanId.ne(0xabc), () => PASS);
      when(tag.priority.ne(5), () => PASS);
      when(tag.protocol.ne(0x88a8), () => PASS);
      return when(tag.dropEligible.eq(1), () => DROP).otherwise(() => PASS);
    },
    yes: [frame(serviceVlan({ vlanId: 0xabc, priority: 5, dropEligible: 1 }, vlan({ vlanId: 1 }, ipv4({}, dns))))],
    no: [
      frame(dns),
      frame(vlan({ vlanId: 0xabc, priority: 5, dropEligible: 1 }, ipv4({}, dns))),
      frame(serviceVlan({ vlanId: 0xabc, priority: 4, dropEligible: 1 }, ipv4({}, dns))),
      frame(serviceVlan({ vlanId: 0xabc, priority: 5, dropEligible: 0 }, ipv4({}, dns))),
    ],
  },
  {
    name: 'ARP, ICMP and Ethernet fields',
    body(packet) {
      when(packet.arp(), (message) => {
        when(message.targetProtocolAddress.eq('192.0.2.2').and(message.operation.eq(1)), () => DROP);
        return PASS;
      });
      const outer = packet.ethernet().orReturn(PASS);
      when(outer.source.eq('02:00:00:00:00:01').not(), () => PASS);
      const ip = packet.ipv4().orReturn(PASS);
      const message = ip.icmp().orReturn(PASS);
      return when(message.type.eq(8), () => DROP).otherwise(() => PASS);
    },
    yes: [frame(arp()), frame(icmp({ type: 8 }))],
    no: [
      frame(arp({ operation: 2 })),
      frame(icmp({ type: 0 })),
      frame(ethernet({ source: '02:00:00:00:00:07' }, ipv4({}, icmp({ type: 8 })))),
    ],
  },
  {
    name: 'addresses and prefixes of IPv4',
    body(packet) {
      const ip = packet.ipv4().orReturn(PASS);
      when(ip.source.in('10.0.0.0/8', '198.51.100.128/25', '203.0.113.9').not(), () => PASS);
      return when(ip.destination.ne('192.0.2.2').or(ip.source.eq(ip.destination)), () => PASS).otherwise(() => DROP);
    },
    yes: ['10.0.0.0', '10.255.255.255', '198.51.100.128', '198.51.100.255', '203.0.113.9'].map((source) =>
      frame(ipv4({ source }, dns)),
    ),
    no: [
      ...['9.255.255.255', '11.0.0.0', '198.51.100.127', '198.51.101.128', '203.0.113.8'].map((source) =>
        frame(ipv4({ source }, dns)),
      ),
      frame(ipv4({ source: '10.0.0.1', destination: '192.0.2.3' }, dns)),
    ],
  },
  {
    name: 'addresses and prefixes of IPv6',
    body(packet) {
      const ip = packet.ipv6().orReturn(PASS);
      return when(
        ip.source.in('2001:db8:1::/48', '2001:db8:0:0:8000::/65', 'fe80::1', 'ff00::/8'),
        () => DROP,
      ).otherwise(() => PASS);
    },
    yes: [
      '2001:db8:1::1',
      '2001:db8:1:ffff::',
      '2001:db8::8000:0:0:0',
      '2001:db8:0:0:ffff::1',
      'fe80::1',
      'ff02::1',
    ].map((source) => frame(ipv6({ source }, dns))),
    no: ['2001:db8:2::1', '2001:db8:0:0:7fff::', 'fe80::2', 'fe80:0:0:1::1', 'fe00::'].map((source) =>
      frame(ipv6({ source }, dns)),
    ),
  },
  {
    name: 'bit fields and flags',
    body(packet) {
      const ip = packet.ipv4().orReturn(PASS);
      when(ip.dscp.ne(46).or(ip.ecn.ne(1)).or(ip.dontFragment.ne(1)).or(ip.headerLength.ne(5)), () => PASS);
      const segment = ip.tcp().orReturn(PASS);
      when(segment.flags.hasAll(0x12).not(), () => PASS);
      return when(segment.flags.hasAny(0x05), () => PASS).otherwise(() => DROP);
    },
    yes: [
      frame(ipv4({ dscp: 46, ecn: 1, dontFragment: 1 }, tcp({ flags: 0x12 }))),
      frame(ipv4({ dscp: 46, ecn: 1, dontFragment: 1 }, tcp({ flags: 0x1a }))),
    ],
    no: [
      frame(ipv4({ dscp: 46, ecn: 1, dontFragment: 1 }, tcp({ flags: 0x10 }))),
      frame(ipv4({ dscp: 46, ecn: 1, dontFragment: 1 }, tcp({ flags: 0x13 }))),
      frame(ipv4({ dscp: 46, ecn: 0, dontFragment: 1 }, tcp({ flags: 0x12 }))),
      frame(ipv4({ dscp: 45, ecn: 1, dontFragment: 1 }, tcp({ flags: 0x12 }))),
      frame(ipv4({ dscp: 46, ecn: 1 }, tcp({ flags: 0x12 }))),
    ],
  },
  {
    name: 'the length of the whole frame',
    body: (packet) => when(packet.length.between(61, 100), () => DROP).otherwise(() => PASS),
    yes: [new Uint8Array(61), new Uint8Array(100)],
    no: [new Uint8Array(60), new Uint8Array(101)],
  },
  {
    name: 'the second VLAN tag',
    body(packet) {
      const inner = packet.innerVlan().orReturn(PASS);
      when(inner.vlanId.eq(30).and(inner.priority.eq(5)).and(inner.protocol.eq(0x8100)), () => DROP);
      return PASS;
    },
    yes: [frame(serviceVlan({ vlanId: 100 }, vlan({ vlanId: 30, priority: 5 }, ipv4({}, web))))],
    no: [
      frame(vlan({ vlanId: 30, priority: 5 }, ipv4({}, web))),
      frame(serviceVlan({ vlanId: 30, priority: 5 }, vlan({ vlanId: 100 }, ipv4({}, web)))),
      frame(ipv4({}, web)),
      cut(serviceVlan({ vlanId: 100 }, vlan({ vlanId: 30, priority: 5 }, ipv4({}, web))), 21),
    ],
  },
  {
    name: 'options of TCP, one after the other',
    body(packet) {
      const ip = packet.ipv4().orReturn(PASS);
      const segment = ip.tcp().orReturn(PASS);
      const end = segment.dataOffset.times(4);
      const place = variable(u32, 20);
      repeat(10, () => {
        when(place.ge(end), () => STOP);
        const kind = segment.at(place, Kind).orReturn(PASS).kind.copy();
        when(kind.eq(TCP_OPTION.END), () => STOP);
        when(kind.eq(TCP_OPTION.NO_OPERATION), () => {
          place.add(1);
        }).otherwise(() => {
          const option = segment.at(place, Option).orReturn(PASS);
          when(kind.eq(TCP_OPTION.MAXIMUM_SEGMENT_SIZE).and(option.value.eq(1400)), () => DROP);
          when(option.length.lt(2), () => STOP);
          place.add(option.length);
        });
      });
      return PASS;
    },
    yes: [
      frame(ipv4({}, tcp({ options: { maximumSegmentSize: 1400 } }))),
      frame(ipv4({}, tcp({ options: { timestamps: { value: 1, echoReply: 2 }, maximumSegmentSize: 1400 } }))),
    ],
    no: [
      frame(ipv4({}, tcp({ options: { maximumSegmentSize: 1460 } }))),
      frame(ipv4({}, tcp({}, Uint8Array.of(2, 4, 0x05, 0x78)))),
      cut(ipv4({}, tcp({ options: { maximumSegmentSize: 1400 } })), 56),
    ],
  },
  {
    name: 'bytes at a distance from the start of the frame',
    body(packet) {
      const distance = packet
        .ethernet()
        .orReturn(PASS)
        .etherType.minus(0x0800 - 23);
      when(packet.at(distance, Kind), (found) => when(found.kind.eq(17), () => DROP));
      return PASS;
    },
    yes: [frame(ipv4({}, dns))],
    no: [frame(ipv4({}, web)), frame(ipv6({}, dns)), frame(ethernet({ etherType: 0xffff }, 'x'))],
  },
];
