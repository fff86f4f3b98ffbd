import { ETHER_TYPE } from '../../headers/ether-type.ts';
import { MplsEntry } from '../../headers/mpls.ts';
import { after, type Dissector, readHeader } from '../view.ts';

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
