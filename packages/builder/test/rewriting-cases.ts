import {
  authentication,
  craft,
  hopByHop,
  type Ipv4Fields,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  type Layer,
  tcp,
  udp,
  vlan,
} from '@hookline/packet';
import { type Hook, PASS, type Packet, type Verdict, when } from '../src/index.ts';

/** A body that writes, and frames before and after it; checksums in the expected frames are `craft`'s own. */
export interface RewritingCase {
  readonly name: string;
  readonly body: (packet: Packet) => Verdict<Hook>;
  readonly frames: readonly (readonly [before: Uint8Array, after: Uint8Array])[];
}

const frame = (layer: Layer): Uint8Array => craft(layer, { minimumLength: 60 });

/** Payloads of odd and even lengths, one of them so that a checksum comes close to overflowing. */
const payloads = ['', 'x', 'hello', new Uint8Array(40).fill(0xff)];

function overIpv4(
  before: Ipv4Fields,
  after: Ipv4Fields,
  upper: (payload: string | Uint8Array) => Layer,
): RewritingCase['frames'] {
  return payloads.map((payload) => [frame(ipv4(before, upper(payload))), frame(ipv4(after, upper(payload)))]);
}

/** All that a datagram's checksum can come out as: the payload decides. */
const everySum = Array.from({ length: 300 }, (_, i) => Uint8Array.of(i & 255, i >> 1, 0xff - (i & 15), 0xff));

/** A field that the sum of UDP leaves at 0 before it is written as 0xffff. */
function udpOfSum(identifier: number, source: string): Layer {
  return ipv4({ source }, udp({ sourcePort: identifier & 0xffff, destinationPort: 53 }, 'ab'));
}

export const rewritingCases: readonly RewritingCase[] = [
  {
    name: 'one byte of the IPv4 header',
    body(packet) {
      const ip = packet.ipv4().orReturn(PASS);
      ip.rewrite({ ttl: ip.ttl.minus(1) });
      return PASS;
    },
    frames: [
      ...overIpv4({ ttl: 64 }, { ttl: 63 }, (data) => tcp({}, data)),
      ...overIpv4({ ttl: 0 }, { ttl: 255 }, (data) => udp({}, data)),
      ...overIpv4({ options: ['noOperation'], ttl: 1 }, { options: ['noOperation'], ttl: 0 }, (data) => udp({}, data)),
    ],
  },
  {
    name: 'every kind of field of IPv4',
    body(packet) {
      const ip = packet.ipv4().orReturn(PASS);
      ip.rewrite({ dscp: 46, ecn: 2, identification: 0xbeef, dontFragment: 1, ttl: 9 });
      return PASS;
    },
    frames: overIpv4(
      { identification: 1 },
      { dscp: 46, ecn: 2, identification: 0xbeef, dontFragment: 1, ttl: 9 },
      (data) => tcp({}, data),
    ),
  },
  {
    name: 'IPv4 addresses, with TCP and UDP',
    body(packet) {
      const ip = packet.ipv4().orReturn(PASS);
      ip.rewrite({ source: ip.destination, destination: '203.0.113.200' });
      return PASS;
    },
    frames: [
      ...overIpv4({}, { source: '192.0.2.2', destination: '203.0.113.200' }, (data) => tcp({}, data)),
      ...overIpv4({}, { source: '192.0.2.2', destination: '203.0.113.200' }, (data) => udp({}, data)),
      ...overIpv4({}, { source: '192.0.2.2', destination: '203.0.113.200' }, (data) => udp({ checksum: 0 }, data)),
      [
        frame(vlan({}, ipv4({ options: ['noOperation'] }, udp({}, 'x')))),
        frame(
          vlan({}, ipv4({ options: ['noOperation'], source: '192.0.2.2', destination: '203.0.113.200' }, udp({}, 'x'))),
        ),
      ],
      // A later fragment has no checksum of its own: only the header's is mended.
      [
        frame(ipv4({ fragmentOffset: 7, protocol: 17 }, 'the middle')),
        frame(
          ipv4({ fragmentOffset: 7, protocol: 17, source: '192.0.2.2', destination: '203.0.113.200' }, 'the middle'),
        ),
      ],
      ...everySum.map((data): [Uint8Array, Uint8Array] => [
        frame(ipv4({}, udp({}, data))),
        frame(ipv4({ source: '192.0.2.2', destination: '203.0.113.200' }, udp({}, data))),
      ]),
    ],
  },
  {
    name: 'a UDP checksum that comes out as 0',
    body(packet) {
      const ip = packet.ipv4().orReturn(PASS);
      ip.rewrite({ source: '10.9.8.7' });
      return PASS;
    },
    // Among 65536 source ports there is one for which the sum is 0: craft then writes 0xffff (RFC 768).
    frames: Array.from({ length: 0x1_0000 }, (_, port) => port)
      .filter((port) => {
        const made = craft(udpOfSum(port, '10.9.8.7'));
        return made[40] === 0xff && made[41] === 0xff;
      })
      .map((port) => [craft(udpOfSum(port, '192.0.2.1')), craft(udpOfSum(port, '10.9.8.7'))]),
  },
  {
    name: 'IPv6 addresses, with TCP, UDP and ICMPv6 behind extension headers',
    body(packet) {
      const ip = packet.ipv6().orReturn(PASS);
      ip.rewrite({ source: ip.destination, destination: ip.source, hopLimit: 3 });
      return PASS;
    },
    frames: payloads.flatMap((data) =>
      [
        (upper: Layer) => upper,
        (upper: Layer) => hopByHop({}, upper),
        (upper: Layer) => hopByHop({}, authentication({}, upper)),
      ].flatMap((around) =>
        [tcp({}, data), udp({}, data), icmpv6({ type: 128 }, data)].map((upper): [Uint8Array, Uint8Array] => [
          frame(ipv6({ source: '2001:db8::1', destination: '2001:db8:ffff::2' }, around(upper))),
          frame(ipv6({ source: '2001:db8:ffff::2', destination: '2001:db8::1', hopLimit: 3 }, around(upper))),
        ]),
      ),
    ),
  },
  {
    name: 'ports of TCP and UDP',
    body(packet) {
      const ip = packet.ipv4().orReturn(PASS);
      when(ip.tcp(), (segment) =>
        segment.rewrite({ sourcePort: segment.destinationPort, destinationPort: 8080, window: 77 }),
      ).elseWhen(ip.udp(), (datagram) => datagram.rewrite({ destinationPort: 5353 }));
      return PASS;
    },
    frames: [
      ...payloads.map((data): [Uint8Array, Uint8Array] => [
        frame(tcp({ sourcePort: 1, destinationPort: 65_535 }, data)),
        frame(tcp({ sourcePort: 65_535, destinationPort: 8080, window: 77 }, data)),
      ]),
      ...everySum.map((data): [Uint8Array, Uint8Array] => [
        frame(udp({ destinationPort: 53 }, data)),
        frame(udp({ destinationPort: 5353 }, data)),
      ]),
      [frame(udp({ checksum: 0 }, 'none')), frame(udp({ checksum: 0, destinationPort: 5353 }, 'none'))],
    ],
  },
  {
    name: 'messages of ICMP and ICMPv6',
    body(packet) {
      when(packet.ipv4(), (ip) =>
        when(ip.icmp(), (message) => message.rewrite({ type: 0, restOfHeader: 0xdead_beef })),
      ).elseWhen(packet.ipv6(), (ip) => when(ip.icmp(), (message) => message.rewrite({ type: 129, code: 1 })));
      return PASS;
    },
    frames: payloads.flatMap((data): [Uint8Array, Uint8Array][] => [
      [
        frame(ipv4({}, icmp({ type: 8, restOfHeader: 1 }, data))),
        frame(ipv4({}, icmp({ type: 0, restOfHeader: 0xdead_beef }, data))),
      ],
      [frame(ipv6({}, icmpv6({ type: 128 }, data))), frame(ipv6({}, icmpv6({ type: 129, code: 1 }, data)))],
    ]),
  },
];
