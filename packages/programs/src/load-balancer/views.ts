import { array, be16, be32, ipv4Address, ipv6Address, struct, u8, u16, u32, u64 } from '@hookline/layout';

/*
 * Headers as this program reads and writes them: addresses as numbers, to be hashed and summed, and fields of single
 * bits together with their neighbours, to be written at once.
 */

/** IPv4 without options (RFC 791 section 3.1). Checksum and addresses are as they lie in memory. */
export const Ipv4View = struct(
  'ipv4_view',
  {
    /** Version and length of the header: 0x45 without options. */
    first: u8,
    /** DSCP and ECN. */
    trafficClass: u8,
    totalLength: be16,
    identification: be16,
    fragment: be16,
    ttl: u8,
    protocol: u8,
    checksum: u16,
    source: u32,
    destination: u32,
  },
  { packed: true },
);

/** IPv6 (RFC 8200 section 3). Addresses as they lie in memory, in halves. */
export const Ipv6View = struct(
  'ipv6_view',
  {
    /** Version, traffic class and flow label. */
    first: be32,
    payloadLength: be16,
    nextHeader: u8,
    hopLimit: u8,
    sourceHigh: u64,
    sourceLow: u64,
    destinationHigh: u64,
    destinationLow: u64,
  },
  { packed: true },
);

/** The outer header of a tunnel. */
export const OuterIpv4 = struct(
  'outer_ipv4',
  {
    first: u8,
    trafficClass: u8,
    totalLength: be16,
    identification: be16,
    fragment: be16,
    ttl: u8,
    protocol: u8,
    checksum: be16,
    source: ipv4Address,
    destination: ipv4Address,
  },
  { packed: true },
);
export const OuterIpv6 = struct(
  'outer_ipv6',
  {
    first: be32,
    payloadLength: be16,
    nextHeader: u8,
    hopLimit: u8,
    source: ipv6Address,
    destination: ipv6Address,
  },
  { packed: true },
);

/** What TCP and UDP begin with. */
export const Ports = struct('ports', { source: be16, destination: be16 }, { packed: true });

/**
 * A QUIC packet with a short header (RFC 8999 section 5.2), whose connection ID the server has chosen in the plaintext
 * format of QUIC-LB (draft-ietf-quic-load-balancers): a byte, then the server's number in two bytes.
 */
export const QuicShort = struct('quic_short', { first: u8, configuration: u8, serverId: be16 }, { packed: true });

/** RFC 792 and RFC 4443: an IP header and 8 bytes of what it carries. */
export const QUOTED = { ipv4: 28, ipv6: 48 } as const;

/** ICMP in IPv4, in front of the packet it is about, whose beginning is seen as words to be summed. */
export const AnswerIpv4 = struct(
  'answer_ipv4',
  { ip: Ipv4View, type: u8, code: u8, checksum: u16, unused: be16, mtu: be16, quoted: array(u32, QUOTED.ipv4 / 4) },
  { packed: true },
);
export const AnswerIpv6 = struct(
  'answer_ipv6',
  { ip: Ipv6View, type: u8, code: u8, checksum: u16, mtu: be32, quoted: array(u64, QUOTED.ipv6 / 8) },
  { packed: true },
);
