import { be16, bits, struct } from '@hookline/layout';

/** GRE (RFC 2784 and RFC 2890), 4 bytes; checksum, key and sequence number follow where their bits say so. */
export const GreHeader = struct(
  'gre',
  {
    ...bits(be16, {
      checksumPresent: 1,
      /** RFC 1701 only; such packets are discarded today. */
      routingPresent: 1,
      keyPresent: 1,
      sequenceNumberPresent: 1,
      reserved: 9,
      version: 3,
    }),
    /** What follows, an `ETHER_TYPE`. */
    protocolType: be16,
  },
  { packed: true },
);
