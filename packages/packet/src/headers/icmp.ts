import { be16, be32, struct, u8 } from '@hookline/layout';

const start = { type: u8, code: u8, checksum: be16 };

/** What every ICMP message begins with (RFC 792), 8 bytes; `restOfHeader` depends on the type. */
export const IcmpHeader = struct('icmp', { ...start, restOfHeader: be32 }, { packed: true });

/** Echo request and reply (RFC 792 page 14), 8 bytes; the data follows. */
export const IcmpEchoHeader = struct(
  'icmp_echo',
  { ...start, identifier: be16, sequenceNumber: be16 },
  { packed: true },
);

/** Destination unreachable (RFC 792 page 4, RFC 1191 section 4), 8 bytes; the packet it is about follows. */
export const IcmpDestinationUnreachableHeader = struct(
  'icmp_destination_unreachable',
  {
    ...start,
    unused: be16,
    /** Bytes; only for code 4, fragmentation needed. */
    nextHopMtu: be16,
  },
  { packed: true },
);

/** From IANA's ICMP parameters. */
export const ICMP_TYPE = {
  ECHO_REPLY: 0,
  DESTINATION_UNREACHABLE: 3,
  SOURCE_QUENCH: 4,
  REDIRECT: 5,
  ECHO_REQUEST: 8,
  ROUTER_ADVERTISEMENT: 9,
  ROUTER_SOLICITATION: 10,
  TIME_EXCEEDED: 11,
  PARAMETER_PROBLEM: 12,
  TIMESTAMP_REQUEST: 13,
  TIMESTAMP_REPLY: 14,
} as const;
