import { decode, encode, ipv6Address } from '@hookline/layout';
import { type DissectedLayer, dissect, fieldOf } from '@hookline/packet';
import { encodeCapture } from '@hookline/pcap';
import type { Captured } from './captures.ts';
import { tshark } from './tshark.ts';

/** The link types that are taken apart. */
export const LINK_TYPES = [0, 1, 12, 14, 101, 108, 113, 228, 229, 276];

/** Our layers by tshark's names; undefined where it names no header of its own. */
const LAYERS: Readonly<Record<string, string | undefined>> = {
  ah: 'authentication',
  arp: 'arp',
  esp: 'esp',
  eth: 'ethernet',
  ethertype: undefined,
  gre: 'gre',
  icmp: 'icmp',
  icmpv6: 'icmpv6',
  ieee8021ad: 'vlan',
  igmp: 'igmp',
  ip: 'ipv4',
  ipv6: 'ipv6',
  'ipv6.dstopts': 'destinationOptions',
  'ipv6.fraghdr': 'fragment',
  'ipv6.hopopts': 'hopByHop',
  'ipv6.routing': 'routing',
  llc: 'llc',
  mpls: 'mpls',
  null: 'null',
  raw: undefined,
  sctp: 'sctp',
  sll: 'linuxSll',
  tcp: 'tcp',
  udp: 'udp',
  vlan: 'vlan',
  vxlan: 'vxlan',
};

const text = (value: string) => value;
/** tshark writes the lowest addresses in dotted form, RFC 5952 section 5 does not. */
const address6 = (value: string) => decode(ipv6Address, encode(ipv6Address, value));
/** Decimal, hexadecimal, and the words of Boolean fields. */
const number = (value: string) => String(value === 'True' ? 1 : value === 'False' ? 0 : Number(value));
const words = (value: string) => String(Number(value) / 4);

/** tshark's field, our layer and field, and how to read tshark's text as ours. */
const FIELDS = [
  ['eth.dst', 'ethernet', 'destination', text],
  ['eth.src', 'ethernet', 'source', text],
  ['eth.type', 'ethernet', 'etherType', number],
  ['arp.opcode', 'arp', 'operation', number],
  ['arp.src.hw_mac', 'arp', 'senderHardwareAddress', text],
  ['arp.src.proto_ipv4', 'arp', 'senderProtocolAddress', text],
  ['arp.dst.proto_ipv4', 'arp', 'targetProtocolAddress', text],
  ['ip.hdr_len', 'ipv4', 'headerLength', words],
  ['ip.dsfield.dscp', 'ipv4', 'dscp', number],
  ['ip.dsfield.ecn', 'ipv4', 'ecn', number],
  ['ip.id', 'ipv4', 'identification', number],
  ['ip.flags.df', 'ipv4', 'dontFragment', number],
  ['ip.flags.mf', 'ipv4', 'moreFragments', number],
  ['ip.frag_offset', 'ipv4', 'fragmentOffset', number],
  ['ip.ttl', 'ipv4', 'ttl', number],
  ['ip.proto', 'ipv4', 'protocol', number],
  ['ip.checksum', 'ipv4', 'checksum', number],
  ['ip.src', 'ipv4', 'source', text],
  ['ip.dst', 'ipv4', 'destination', text],
  ['ipv6.tclass.dscp', 'ipv6', 'dscp', number],
  ['ipv6.tclass.ecn', 'ipv6', 'ecn', number],
  ['ipv6.flow', 'ipv6', 'flowLabel', number],
  ['ipv6.plen', 'ipv6', 'payloadLength', number],
  ['ipv6.nxt', 'ipv6', 'nextHeader', number],
  ['ipv6.hlim', 'ipv6', 'hopLimit', number],
  ['ipv6.src', 'ipv6', 'source', address6],
  ['ipv6.dst', 'ipv6', 'destination', address6],
  ['ipv6.fraghdr.ident', 'fragment', 'identification', number],
  ['ipv6.fraghdr.offset', 'fragment', 'fragmentOffset', number],
  ['ipv6.routing.segleft', 'routing', 'segmentsLeft', number],
  ['ah.sequence', 'authentication', 'sequenceNumber', number],
  ['tcp.srcport', 'tcp', 'sourcePort', number],
  ['tcp.dstport', 'tcp', 'destinationPort', number],
  ['tcp.seq_raw', 'tcp', 'sequenceNumber', number],
  ['tcp.ack_raw', 'tcp', 'acknowledgmentNumber', number],
  ['tcp.hdr_len', 'tcp', 'dataOffset', words],
  ['tcp.flags', 'tcp', 'flags', (value: string) => String(Number(value) & 0xff)],
  ['tcp.window_size_value', 'tcp', 'window', number],
  ['tcp.checksum', 'tcp', 'checksum', number],
  ['tcp.urgent_pointer', 'tcp', 'urgentPointer', number],
  ['udp.srcport', 'udp', 'sourcePort', number],
  ['udp.dstport', 'udp', 'destinationPort', number],
  ['udp.length', 'udp', 'length', number],
  ['udp.checksum', 'udp', 'checksum', number],
  ['icmp.type', 'icmp', 'type', number],
  ['icmp.code', 'icmp', 'code', number],
  ['icmpv6.type', 'icmpv6', 'type', number],
  ['icmpv6.code', 'icmpv6', 'code', number],
  ['gre.proto', 'gre', 'protocolType', number],
  ['gre.key', 'gre', 'key', number],
  ['vxlan.vni', 'vxlan', 'vni', number],
] as const;

const VERDICTS = ['bad', 'good', 'unverified', 'absent', 'illegal'];
export const CHECKSUMS = [
  ['ip.checksum.status', 'ipv4'],
  ['tcp.checksum.status', 'tcp'],
  ['udp.checksum.status', 'udp'],
  ['icmp.checksum.status', 'icmp'],
  ['icmpv6.checksum.status', 'icmpv6'],
] as const;

const ASKED = ['frame.protocols', ...FIELDS.map(([field]) => field), ...CHECKSUMS.map(([field]) => field)] as const;
/** tshark's reading of one packet. */
export type Row = Readonly<Record<(typeof ASKED)[number], string>>;

/** One run of tshark over all packets: starting it is what takes time. */
export function ask(packets: readonly Captured[]): readonly Row[] {
  const interfaces = LINK_TYPES.map((linkType) => ({ linkType }));
  const capture = encodeCapture(
    packets.map(({ bytes, originalLength, linkType }) => ({
      bytes,
      originalLength: Math.max(originalLength, bytes.length),
      interfaceIndex: LINK_TYPES.indexOf(linkType),
      timestamp: 0n,
    })),
    { format: 'pcapng', interfaces },
  );
  return tshark(capture, ASKED);
}

/** The headers that tshark saw from the outside in, up to the first protocol that we do not take apart. */
export function layersOf(row: Row): readonly string[] {
  const layers: string[] = [];
  for (const name of row['frame.protocols'].split(':')) {
    if (!Object.hasOwn(LAYERS, name)) break;
    const layer = LAYERS[name];
    if (layer !== undefined) layers.push(layer);
  }
  return layers;
}

/** tshark names a stack of labels once, and IGMP twice. */
function withoutRepeats(layers: readonly string[]): string {
  return layers.filter((layer, i) => layer !== layers[i - 1] || !['mpls', 'igmp'].includes(layer)).join();
}

/** What differs between tshark's reading of a packet and ours, and how many values were compared. */
export function compare(
  { name, bytes, linkType, originalLength }: Captured,
  row: Row,
): { readonly differences: readonly string[]; readonly compared: number } {
  const { layers } = dissect(bytes, linkType, originalLength);
  const theirs = layersOf(row);
  const ours = layers.map(({ protocol }) => (protocol === 'ieee8023' ? 'ethernet' : protocol));
  const differences: string[] = [];
  let compared = 0;
  const check = (what: string, own: string | undefined, wanted: string | undefined): void => {
    compared++;
    if (own !== wanted) differences.push(`${name}: ${what} ${own} not ${wanted}`);
  };
  // A damaged packet may be given up earlier by one of the two.
  const damaged = layers.some(({ notes }) => notes.length > 0);
  if (!damaged) check('layers', withoutRepeats(ours), withoutRepeats(theirs));
  const first = (protocol: string): DissectedLayer | undefined => {
    const at = ours.indexOf(protocol);
    return at >= 0 && at === theirs.indexOf(protocol) ? layers[at] : undefined;
  };
  for (const [field, protocol, own, read] of FIELDS) {
    const layer = first(protocol);
    const value = layer && fieldOf(layer, own);
    // tshark leaves out what belongs to a header that it gave up.
    if (value !== undefined && row[field] !== '') check(field, String(value), read(row[field]));
  }
  for (const [field, protocol] of CHECKSUMS) {
    const layer = first(protocol);
    // Without its whole header a layer has no verdict.
    if (!layer || row[field] === '' || (damaged && layer.checksum === undefined)) continue;
    check(field, layer.checksum, VERDICTS[Number(row[field])]);
  }
  return { differences, compared };
}
