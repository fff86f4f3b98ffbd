import {
  arp,
  authentication,
  craft,
  destinationOptions,
  ethernet,
  fragment,
  gre,
  hopByHop,
  icmpDestinationUnreachable,
  icmpEchoReply,
  icmpEchoRequest,
  icmpTimeExceeded,
  icmpv6DestinationUnreachable,
  icmpv6EchoReply,
  icmpv6EchoRequest,
  icmpv6PacketTooBig,
  icmpv6TimeExceeded,
  ipv4,
  ipv6,
  neighborAdvertisement,
  neighborSolicitation,
  routerSolicitation,
  routing,
  serviceVlan,
  tcp,
  udp,
  vlan,
  vxlan,
} from '@hookline/packet';

interface Crafted {
  readonly bytes: Uint8Array;
  readonly linkType?: number;
  /** Its headers from the outside in. */
  readonly layers: readonly string[];
}

/** One packet of every kind that can be crafted. */
export const CRAFTED: Readonly<Record<string, Crafted>> = {
  'TCP with options and data': {
    bytes: craft(
      ethernet(
        { source: '02:00:00:00:00:0a' },
        ipv4(
          { source: '10.0.0.1', destination: '10.0.0.2', dscp: 46, ecn: 1, dontFragment: 1 },
          tcp(
            {
              destinationPort: 80,
              flags: ['SYN', 'ECE', 'CWR'],
              options: {
                maximumSegmentSize: 1460,
                sackPermitted: true,
                timestamps: { value: 0xffffffff, echoReply: 7 },
                windowScale: 14,
              },
            },
            'odd',
          ),
        ),
      ),
    ),
    layers: ['ethernet', 'ipv4', 'tcp'],
  },
  'TCP with selective acknowledgments': {
    bytes: craft(
      tcp({
        flags: ['ACK'],
        acknowledgmentNumber: 5,
        options: {
          sack: [
            [10, 20],
            [30, 40],
          ],
        },
      }),
    ),
    layers: ['ethernet', 'ipv4', 'tcp'],
  },
  'UDP without data': { bytes: craft(udp()), layers: ['ethernet', 'ipv4', 'udp'] },
  'UDP over IPv6': { bytes: craft(ipv6({}, udp({}, 'hello'))), layers: ['ethernet', 'ipv6', 'udp'] },
  // The payload makes the sum come out as 0xffff: see craft.test.ts.
  'UDP whose checksum is 0': {
    bytes: craft(udp({ sourcePort: 0, destinationPort: 0 }, Uint8Array.of(0xf6, 0xd3))),
    layers: ['ethernet', 'ipv4', 'udp'],
  },
  'IPv4 with options': {
    bytes: craft(ipv4({ options: ['noOperation', { type: 148, data: new Uint8Array(2) }, 'end'] }, udp())),
    layers: ['ethernet', 'ipv4', 'udp'],
  },
  'IPv4 without a frame': { bytes: craft(tcp(), { link: 'none' }), linkType: 101, layers: ['ipv4', 'tcp'] },
  'IPv6 without a frame': { bytes: craft(ipv6({}, tcp()), { link: 'none' }), linkType: 101, layers: ['ipv6', 'tcp'] },
  'IPv6 extension headers': {
    bytes: craft(
      ipv6(
        {},
        hopByHop(
          { options: [{ type: 5, data: new Uint8Array(2) }] },
          routing(
            { segmentsLeft: 1, addresses: ['2001:db8::9', '2001:db8::2'] },
            fragment({ identification: 7 }, destinationOptions({}, authentication({ sequenceNumber: 3 }, tcp()))),
          ),
        ),
      ),
    ),
    layers: ['ethernet', 'ipv6', 'hopByHop', 'routing', 'fragment', 'destinationOptions', 'authentication', 'tcp'],
  },
  'a routing header of type 2': {
    bytes: craft(ipv6({}, routing({ routingType: 2, segmentsLeft: 1, addresses: ['2001:db8::9'] }, udp({}, 'home')))),
    layers: ['ethernet', 'ipv6', 'routing', 'udp'],
  },
  'a routing header whose segments are all visited': {
    bytes: craft(ipv6({}, routing({ segmentsLeft: 0, addresses: ['2001:db8::9'] }, udp({}, 'there')))),
    layers: ['ethernet', 'ipv6', 'routing', 'udp'],
  },
  'an authentication header over IPv4': {
    bytes: craft(ipv4({}, authentication({}, udp({}, 'x')))),
    layers: ['ethernet', 'ipv4', 'authentication', 'udp'],
  },
  'a VLAN tag': {
    bytes: craft(vlan({ vlanId: 5, priority: 7 }, tcp())),
    layers: ['ethernet', 'vlan', 'ipv4', 'tcp'],
  },
  'a VLAN stack': {
    bytes: craft(serviceVlan({ vlanId: 9 }, vlan({ vlanId: 5 }, ipv6({}, tcp())))),
    layers: ['ethernet', 'vlan', 'vlan', 'ipv6', 'tcp'],
  },
  'an ARP request': { bytes: craft(arp(), { minimumLength: 60 }), layers: ['ethernet', 'arp'] },
  'an ARP reply': {
    bytes: craft(arp({ operation: 2, targetHardwareAddress: '02:00:00:00:00:02' })),
    layers: ['ethernet', 'arp'],
  },
  'ICMP echo request': { bytes: craft(icmpEchoRequest({}, 'abc')), layers: ['ethernet', 'ipv4', 'icmp'] },
  'ICMP echo reply': { bytes: craft(icmpEchoReply({ identifier: 9 })), layers: ['ethernet', 'ipv4', 'icmp'] },
  'ICMP time exceeded': {
    bytes: craft(icmpTimeExceeded({}, ipv4({ ttl: 1 }, udp({}, 'quoted')))),
    layers: ['ethernet', 'ipv4', 'icmp', 'ipv4', 'udp'],
  },
  'ICMP fragmentation needed': {
    bytes: craft(icmpDestinationUnreachable({ code: 4, nextHopMtu: 1400 }, ipv4({ dontFragment: 1 }, tcp()))),
    layers: ['ethernet', 'ipv4', 'icmp', 'ipv4', 'tcp'],
  },
  'ICMPv6 echo request': { bytes: craft(icmpv6EchoRequest({}, 'abc')), layers: ['ethernet', 'ipv6', 'icmpv6'] },
  'ICMPv6 echo reply': { bytes: craft(icmpv6EchoReply()), layers: ['ethernet', 'ipv6', 'icmpv6'] },
  'ICMPv6 packet too big': {
    bytes: craft(icmpv6PacketTooBig({ mtu: 1280 }, ipv6({}, udp()))),
    layers: ['ethernet', 'ipv6', 'icmpv6', 'ipv6', 'udp'],
  },
  'ICMPv6 time exceeded': {
    bytes: craft(icmpv6TimeExceeded({}, ipv6({ hopLimit: 1 }, tcp()))),
    layers: ['ethernet', 'ipv6', 'icmpv6', 'ipv6', 'tcp'],
  },
  'ICMPv6 port unreachable': {
    bytes: craft(icmpv6DestinationUnreachable({}, ipv6({}, udp()))),
    layers: ['ethernet', 'ipv6', 'icmpv6', 'ipv6', 'udp'],
  },
  'neighbour solicitation': {
    bytes: craft(neighborSolicitation({ target: '2001:db8::5', sourceLinkLayerAddress: '02:00:00:00:00:01' })),
    layers: ['ethernet', 'ipv6', 'icmpv6'],
  },
  'neighbour advertisement': {
    bytes: craft(
      neighborAdvertisement({ target: '2001:db8::5', solicited: true, targetLinkLayerAddress: '02:00:00:00:00:05' }),
    ),
    layers: ['ethernet', 'ipv6', 'icmpv6'],
  },
  'router solicitation': { bytes: craft(routerSolicitation()), layers: ['ethernet', 'ipv6', 'icmpv6'] },
  GRE: { bytes: craft(gre({}, tcp())), layers: ['ethernet', 'ipv4', 'gre', 'ipv4', 'tcp'] },
  'GRE with checksum, key and sequence number, around a frame': {
    bytes: craft(gre({ checksumPresent: 1, key: 5, sequenceNumber: 6 }, ethernet({}, ipv6({}, udp({}, 'odd'))))),
    layers: ['ethernet', 'ipv4', 'gre', 'ethernet', 'ipv6', 'udp'],
  },
  VXLAN: {
    bytes: craft(vxlan({ vni: 0xabcdef }, tcp())),
    layers: ['ethernet', 'ipv4', 'udp', 'vxlan', 'ethernet', 'ipv4', 'tcp'],
  },
  'VXLAN over IPv6': {
    bytes: craft(ipv6({}, vxlan({}, ipv6({}, udp({}, 'in'))))),
    layers: ['ethernet', 'ipv6', 'udp', 'vxlan', 'ethernet', 'ipv6', 'udp'],
  },
  'IPv4 in IPv4': { bytes: craft(ipv4({}, ipv4({}, tcp()))), layers: ['ethernet', 'ipv4', 'ipv4', 'tcp'] },
  'IPv6 in IPv4': { bytes: craft(ipv4({}, ipv6({}, tcp()))), layers: ['ethernet', 'ipv4', 'ipv6', 'tcp'] },
  'IPv6 in IPv6': { bytes: craft(ipv6({}, ipv6({}, tcp()))), layers: ['ethernet', 'ipv6', 'ipv6', 'tcp'] },
};
