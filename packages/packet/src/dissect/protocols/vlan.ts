import { VlanTag } from '../../headers/ethernet.ts';
import { after, type Dissector, limited, readHeader } from '../view.ts';
import { LARGEST_LENGTH } from './ethernet.ts';

export const vlan: Dissector = {
  name: 'vlan',
  dissect(view) {
    const { layer, header } = readHeader('vlan', VlanTag, view);
    if (!header) return { layer };
    const rest = after(view, layer.length);
    const line = { text: `vlan ${header.vlanId}` };
    if (header.etherType <= LARGEST_LENGTH) {
      return { layer, line, rest: limited(rest, header.etherType), next: { table: 'ieee8022', key: 0 } };
    }
    return { layer, line, rest, next: { table: 'etherType', key: header.etherType } };
  },
};
