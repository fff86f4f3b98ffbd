import { ETHER_TYPE } from '../../headers/ether-type.ts';
import { VxlanHeader } from '../../headers/vxlan.ts';
import { after, type Dissector, readHeader } from '../view.ts';

export const vxlan: Dissector = {
  name: 'vxlan',
  dissect(view) {
    const { layer, header } = readHeader('vxlan', VxlanHeader, view);
    if (!header) return { layer };
    const flags = header.flags.toString(16).padStart(2, '0');
    return {
      layer,
      line: { text: `VXLAN, flags [${header.flags & 8 ? 'I' : '.'}] (0x${flags}), vni ${header.vni}` },
      rest: after(view, layer.length),
      next: { table: 'etherType', key: ETHER_TYPE.TRANSPARENT_ETHERNET },
    };
  },
};
