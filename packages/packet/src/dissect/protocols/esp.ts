import { EspHeader } from '../../headers/esp.ts';
import { after, type Dissector, readHeader } from '../view.ts';

export const esp: Dissector = {
  name: 'esp',
  dissect(view) {
    const { layer, header } = readHeader('esp', EspHeader, view);
    if (!header) return { layer };
    const spi = header.securityParametersIndex.toString(16).padStart(8, '0');
    const text = `ESP(spi=0x${spi},seq=0x${header.sequenceNumber.toString(16)}), length ${view.claimedEnd - view.start}`;
    return { layer, line: { text }, rest: after(view, layer.length) };
  },
};
