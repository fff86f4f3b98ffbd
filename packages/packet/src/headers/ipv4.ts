import { be16, bits, ipv4Address, struct, u8 } from '@hookline/layout';

/** IPv4 without options (RFC 791 section 3.1, RFC 2474, RFC 3168), 20 bytes. */
export const Ipv4Header = struct(
  'ipv4',
  {
    ...bits(u8, {
      version: 4,
      /** In 32-bit words, as RFC 791's IHL: 5 without options, at most 15. */
      headerLength: 4,
    }),
    ...bits(u8, { dscp: 6, ecn: 2 }),
    /** Bytes, this header included. */
    totalLength: be16,
    identification: be16,
    ...bits(be16, {
      reserved: 1,
      dontFragment: 1,
      moreFragments: 1,
      /** In units of 8 bytes. */
      fragmentOffset: 13,
    }),
    ttl: u8,
    /** What follows, an `IP_PROTOCOL`. */
    protocol: u8,
    /** Over the header with its options (RFC 1071). */
    checksum: be16,
    source: ipv4Address,
    destination: ipv4Address,
  },
  { packed: true },
);

/** What an option begins with (RFC 791 section 3.1), 2 bytes; types 0 and 1 are one byte alone. */
export const Ipv4OptionHeader = struct(
  'ipv4_option',
  {
    type: u8,
    /** Bytes, these two included. */
    length: u8,
  },
  { packed: true },
);
