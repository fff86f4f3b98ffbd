import { be32, bits, struct } from '@hookline/layout';
import { ETHER_TYPE } from '../../headers/ether-type.ts';
import { after, type Dissector, readHeader } from '../view.ts';

/** One entry of a label stack (RFC 3032 section 2.1). */
const MplsEntry = struct(
  'mpls',
  { ...bits(be32, { label: 20, trafficClass: 3, bottomOfStack: 1, ttl: 8 }) },
  { packed: true },
);

/** What follows the stack is not said; IP is recognised by its version, as routers that balance load do it. */
export const mpls: Dissector = {
  name: 'mpls',
  dissect(view) {
    const { layer, header } = readHeader('mpls', MplsEntry, view);
    if (!header) return { layer };
    const line = { text: `MPLS, label ${header.label}` };
    const rest = after(view, layer.length);
    if (!header.bottomOfStack) return { layer, line, rest, next: { table: 'etherType', key: ETHER_TYPE.MPLS } };
    const version = rest.start < rest.end ? (rest.bytes[rest.start] as number) >> 4 : 0;
    if (version === 4) return { layer, line, rest, next: { table: 'etherType', key: ETHER_TYPE.IPV4 } };
    if (version === 6) return { layer, line, rest, next: { table: 'etherType', key: ETHER_TYPE.IPV6 } };
    return { layer, line, rest };
  },
};
