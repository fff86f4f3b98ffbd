import { be16, struct } from '@hookline/layout';

/** UDP (RFC 768), 8 bytes. */
export const UdpHeader = struct(
  'udp',
  {
    sourcePort: be16,
    destinationPort: be16,
    /** Bytes of header and data. */
    length: be16,
    /** Over the pseudo-header, the header and the data; 0 over IPv4 means none was made. */
    checksum: be16,
  },
  { packed: true },
);
