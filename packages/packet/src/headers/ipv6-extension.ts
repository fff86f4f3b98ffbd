import { be16, be32, bits, struct, u8 } from '@hookline/layout';

/** What hop-by-hop options, destination options and routing headers begin with (RFC 8200 section 4). */
const start = {
  /** What follows this header, an `IP_PROTOCOL`. */
  nextHeader: u8,
  /** In 8-byte units, without the first 8 bytes. */
  headerLength: u8,
};

/** Hop-by-hop options (RFC 8200 section 4.3), 2 bytes; the options follow. */
export const HopByHopHeader = struct('hop_by_hop', start, { packed: true });

/** Destination options (RFC 8200 section 4.6), 2 bytes; the options follow. */
export const DestinationOptionsHeader = struct('destination_options', start, { packed: true });

/** What each of those options begins with (RFC 8200 section 4.2), 2 bytes; Pad1, the type 0, is one byte alone. */
export const Ipv6OptionHeader = struct(
  'ipv6_option',
  {
    type: u8,
    /** Bytes of data after these two. */
    length: u8,
  },
  { packed: true },
);

/** A routing header (RFC 8200 section 4.4), 4 bytes; what follows depends on `routingType`. */
export const RoutingHeader = struct('routing', { ...start, routingType: u8, segmentsLeft: u8 }, { packed: true });

/** The fragment header (RFC 8200 section 4.5), 8 bytes. */
export const FragmentHeader = struct(
  'fragment',
  {
    nextHeader: u8,
    reserved: u8,
    ...bits(be16, {
      /** In units of 8 bytes. */
      fragmentOffset: 13,
      reserved2: 2,
      moreFragments: 1,
    }),
    identification: be32,
  },
  { packed: true },
);

/** The authentication header (RFC 4302 section 2), 12 bytes; the integrity check value follows. */
export const AuthenticationHeader = struct(
  'authentication',
  {
    nextHeader: u8,
    /** In 4-byte units minus 2. */
    payloadLength: u8,
    reserved: be16,
    securityParametersIndex: be32,
    sequenceNumber: be32,
  },
  { packed: true },
);
