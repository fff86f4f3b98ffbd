import { LlcHeader, SnapHeader } from '../../headers/llc.ts';
import { after, type Dissector, readFields, readHeader } from '../view.ts';

/** The service point that announces SNAP. */
const SNAP = 0xaa;

/** Logical link control (IEEE 802.2) with the SNAP extension (RFC 1042), which leads back to EtherTypes. */
export const llc: Dissector = {
  name: 'llc',
  dissect(view) {
    const { layer, header } = readHeader('llc', LlcHeader, view);
    if (!header) return { layer };
    const { destinationServicePoint, sourceServicePoint, control } = header;
    const line = {
      text: `LLC, dsap 0x${destinationServicePoint.toString(16)}, ssap 0x${sourceServicePoint.toString(16)}`,
    };
    if (destinationServicePoint !== SNAP || sourceServicePoint !== SNAP || control !== 3) {
      return { layer, line, rest: after(view, layer.length) };
    }
    const snap = readFields(layer, SnapHeader, view);
    if (!snap) return { layer, line };
    const rest = after(view, layer.length);
    if (snap.organisation.some((byte) => byte !== 0)) return { layer, line, rest };
    return { layer, line, rest, next: { table: 'etherType', key: snap.etherType } };
  },
};
