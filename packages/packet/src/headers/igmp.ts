import { be16, ipv4Address, struct, u8 } from '@hookline/layout';

/** What IGMP versions 1 and 2 (RFC 1112, RFC 2236) are, and version 3 (RFC 3376) begins with, 8 bytes. */
export const IgmpHeader = struct(
  'igmp',
  {
    type: u8,
    /** In tenths of a second. */
    maximumResponseTime: u8,
    checksum: be16,
    group: ipv4Address,
  },
  { packed: true },
);
