import { be16, be32, struct } from '@hookline/layout';

/** The common header of SCTP (RFC 9260 section 3.1), 12 bytes; chunks follow. */
export const SctpHeader = struct(
  'sctp',
  {
    sourcePort: be16,
    destinationPort: be16,
    verificationTag: be32,
    /** CRC32c over the header and all chunks. */
    checksum: be32,
  },
  { packed: true },
);
