import { Ipv4Header } from '../../headers/ipv4.ts';
import { type OptionStyle, readOptions } from '../options.ts';
import { verifyPlain } from '../verify.ts';
import { after, type Dissector, limited, malformed, noteShort, readHeader } from '../view.ts';

/** RFC 791 section 3.1, RFC 1393, RFC 2113. */
const OPTIONS: OptionStyle = {
  single: new Set([0, 1]),
  last: 0,
  size: (length) => length,
  names: {
    0: 'end',
    1: 'noOperation',
    7: 'recordRoute',
    68: 'timestamp',
    82: 'traceroute',
    130: 'security',
    131: 'looseSourceRoute',
    136: 'streamIdentifier',
    137: 'strictSourceRoute',
    148: 'routerAlert',
  },
};

export const ipv4: Dissector = {
  name: 'ipv4',
  dissect(view) {
    const { layer, header } = readHeader('ipv4', Ipv4Header, view);
    if (!header) return { layer };
    const { version, totalLength, protocol, fragmentOffset, moreFragments, source, destination } = header;
    const line = { label: 'IP', source, destination };
    const size = header.headerLength * 4;
    if (version !== 4 || size < Ipv4Header.size) {
      malformed(layer, version === 4 ? `headerLength ${header.headerLength} is less than 5` : `version ${version}`);
      return { layer, line };
    }
    if (view.start + size > view.end) noteShort(layer, view, size, 'the header');
    readOptions(layer, view, view.start + size, OPTIONS);
    // Its bytes are all in the header: a packet cut short behind it can still be verified.
    const whole = { ...limited(view, size), end: Math.min(view.end, view.start + size) };
    layer.checksum = verifyPlain(whole, view.start, view.start + size);
    if (totalLength !== 0 && totalLength < size) {
      malformed(layer, `totalLength ${totalLength} is less than the header`);
      return { layer, line };
    }
    // Linux leaves 0 in packets of more than 65535 bytes and in those that the device will segment.
    const length = totalLength === 0 ? view.claimedEnd - view.start : totalLength;
    if (view.start + length > view.claimedEnd && !view.partial) {
      malformed(layer, `totalLength ${totalLength}, but the packet has ${view.claimedEnd - view.start} bytes`);
    }
    const rest = {
      ...after(limited(view, length), layer.length),
      partial: view.partial || moreFragments === 1,
      ip: {
        version: 4,
        source: view.start + Ipv4Header.offsets.source,
        destination: view.start + Ipv4Header.offsets.destination,
        fragment: moreFragments === 1,
      },
    } as const;
    if (fragmentOffset > 0) {
      return { layer, line: { ...line, text: `fragment at ${fragmentOffset * 8}, protocol ${protocol}` }, rest };
    }
    return { layer, line, rest, next: { table: 'ipProtocol', key: protocol } };
  },
};
