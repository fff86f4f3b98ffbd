import { IgmpHeader } from '../../headers/igmp.ts';
import { verifyPlain } from '../verify.ts';
import { after, type Dissector, readHeader } from '../view.ts';

const NAMES: Readonly<Record<number, string>> = {
  17: 'query',
  18: 'v1 report',
  22: 'v2 report',
  23: 'leave',
  34: 'v3 report',
};

export const igmp: Dissector = {
  name: 'igmp',
  dissect(view) {
    const { layer, header } = readHeader('igmp', IgmpHeader, view);
    if (!header) return { layer };
    layer.checksum = verifyPlain(view, view.start, view.end);
    const text = `igmp ${NAMES[header.type] ?? `type 0x${header.type.toString(16)}`} ${header.group}`;
    return { layer, line: { text }, rest: after(view, layer.length) };
  },
};
