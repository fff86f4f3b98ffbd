import { EthernetHeader } from '../../headers/ethernet.ts';
import { Ieee8023Header } from '../../headers/llc.ts';
import { after, type Dissector, limited, malformed, readHeader } from '../view.ts';

/** IEEE 802.3 clause 3.2.6: values up to this are a length, values from 1536 a type. */
export const LARGEST_LENGTH = 1500;

export const ethernet: Dissector = {
  name: 'ethernet',
  dissect(view) {
    const { bytes: all, start, end } = view;
    const typeOrLength = end - start < 14 ? 0xffff : ((all[start + 12] as number) << 8) | (all[start + 13] as number);
    if (typeOrLength <= LARGEST_LENGTH) return ieee8023.dissect(view);
    const { layer, header } = readHeader('ethernet', EthernetHeader, view);
    if (!header) return { layer };
    const { source, destination, etherType } = header;
    return {
      layer,
      line: {
        text: `${source} > ${destination}, ethertype 0x${etherType.toString(16).padStart(4, '0')}, length ${view.claimedEnd - start}`,
      },
      rest: after(view, layer.length),
      next: { table: 'etherType', key: etherType },
    };
  },
};

const ieee8023: Dissector = {
  name: 'ieee8023',
  dissect(view) {
    const { layer, header } = readHeader('ieee8023', Ieee8023Header, view);
    if (!header) return { layer };
    const { source, destination, length } = header;
    const rest = after(view, layer.length);
    if (rest.start + length > view.claimedEnd) malformed(layer, `length ${length} reaches behind the packet`);
    return {
      layer,
      line: { text: `${source} > ${destination}, 802.3, length ${length}` },
      rest: limited(rest, length),
      next: { table: 'ieee8022', key: 0 },
    };
  },
};
