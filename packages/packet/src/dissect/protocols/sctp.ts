import { SctpHeader } from '../../headers/sctp.ts';
import { after, type Dissector, readHeader } from '../view.ts';

export const sctp: Dissector = {
  name: 'sctp',
  dissect(view) {
    const { layer, header } = readHeader('sctp', SctpHeader, view);
    if (!header) return { layer };
    return {
      layer,
      line: {
        ports: [header.sourcePort, header.destinationPort],
        text: `SCTP, length ${view.claimedEnd - view.start - SctpHeader.size}`,
      },
      rest: after(view, layer.length),
    };
  },
};
