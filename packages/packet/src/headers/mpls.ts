import { be32, bits, struct } from '@hookline/layout';

/** One entry of a label stack (RFC 3032 section 2.1, RFC 5462), 4 bytes. */
export const MplsEntry = struct(
  'mpls',
  { ...bits(be32, { label: 20, trafficClass: 3, bottomOfStack: 1, ttl: 8 }) },
  { packed: true },
);
