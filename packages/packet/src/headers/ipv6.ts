import { be16, be32, bits, ipv6Address, struct, u8 } from '@hookline/layout';

/** IPv6's fixed header (RFC 8200 section 3), 40 bytes. */
export const Ipv6Header = struct(
  'ipv6',
  {
    ...bits(be32, {
      version: 4,
      /** The traffic class is `dscp` and `ecn` (RFC 2474, RFC 3168). */
      dscp: 6,
      ecn: 2,
      flowLabel: 20,
    }),
    /** Bytes after this header, extension headers included. */
    payloadLength: be16,
    /** What follows, an `IP_PROTOCOL`; extension headers count as such. */
    nextHeader: u8,
    hopLimit: u8,
    source: ipv6Address,
    destination: ipv6Address,
  },
  { packed: true },
);
