import { be16, be32, bits, ipv6Address, struct, u8 } from '@hookline/layout';

const start = { type: u8, code: u8, checksum: be16 };

/** What every ICMPv6 message begins with (RFC 4443 section 2.1), 8 bytes; `restOfHeader` depends on the type. */
export const Icmpv6Header = struct('icmpv6', { ...start, restOfHeader: be32 }, { packed: true });

/** Echo request and reply (RFC 4443 section 4), 8 bytes; the data follows. */
export const Icmpv6EchoHeader = struct(
  'icmpv6_echo',
  { ...start, identifier: be16, sequenceNumber: be16 },
  { packed: true },
);

/** A neighbour solicitation (RFC 4861 section 4.3), 24 bytes; options follow. */
export const NeighborSolicitationHeader = struct(
  'neighbor_solicitation',
  { ...start, reserved: be32, target: ipv6Address },
  { packed: true },
);

/** A neighbour advertisement (RFC 4861 section 4.4), 24 bytes; options follow. */
export const NeighborAdvertisementHeader = struct(
  'neighbor_advertisement',
  { ...start, ...bits(be32, { router: 1, solicited: 1, override: 1, reserved: 29 }), target: ipv6Address },
  { packed: true },
);

/** From IANA's ICMPv6 parameters. */
export const ICMPV6_TYPE = {
  DESTINATION_UNREACHABLE: 1,
  PACKET_TOO_BIG: 2,
  TIME_EXCEEDED: 3,
  PARAMETER_PROBLEM: 4,
  ECHO_REQUEST: 128,
  ECHO_REPLY: 129,
  ROUTER_SOLICITATION: 133,
  ROUTER_ADVERTISEMENT: 134,
  NEIGHBOR_SOLICITATION: 135,
  NEIGHBOR_ADVERTISEMENT: 136,
  REDIRECT: 137,
} as const;
