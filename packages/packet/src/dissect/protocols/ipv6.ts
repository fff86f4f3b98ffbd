import { IP_PROTOCOL } from '../../headers/ip-protocol.ts';
import { Ipv6Header } from '../../headers/ipv6.ts';
import { after, type Dissector, limited, malformed, readHeader, type View } from '../view.ts';

const SIZE = Ipv6Header.size;
const PAD1 = 0;
const JUMBO_PAYLOAD = 0xc2;

/** The length in the jumbo payload option (RFC 2675) of a hop-by-hop header that follows. */
function jumboLength({ bytes, start, end }: View): number | undefined {
  const at = start + SIZE;
  if (at + 8 > end) return undefined;
  const stop = Math.min(end, at + ((bytes[at + 1] as number) + 1) * 8);
  let option = at + 2;
  while (option + 6 <= stop) {
    const type = bytes[option] as number;
    if (type === JUMBO_PAYLOAD && bytes[option + 1] === 4) {
      return new DataView(bytes.buffer, bytes.byteOffset).getUint32(option + 2);
    }
    option += type === PAD1 ? 1 : 2 + (bytes[option + 1] as number);
  }
  return undefined;
}

export const ipv6: Dissector = {
  name: 'ipv6',
  dissect(view) {
    const { layer, header } = readHeader('ipv6', Ipv6Header, view);
    if (!header) return { layer };
    const { version, payloadLength, nextHeader, source, destination } = header;
    const line = { label: 'IP6', source, destination };
    if (version !== 6) {
      malformed(layer, `version ${version}`);
      return { layer, line };
    }
    const available = view.claimedEnd - view.start - SIZE;
    let payload = payloadLength;
    if (payload === 0 && nextHeader === IP_PROTOCOL.HOP_BY_HOP) payload = jumboLength(view) ?? available;
    // Linux leaves 0, without the option, in packets of more than 65535 bytes that its devices will segment.
    else if (payload === 0 && nextHeader !== IP_PROTOCOL.NO_NEXT_HEADER) payload = available;
    const length = SIZE + payload;
    if (view.start + length > view.claimedEnd && !view.partial) {
      malformed(
        layer,
        `payloadLength ${payloadLength}, but the packet has ${view.claimedEnd - view.start - SIZE} bytes`,
      );
    }
    const rest = {
      ...after(limited(view, length), SIZE),
      ip: {
        version: 6,
        source: view.start + Ipv6Header.offsets.source,
        destination: view.start + Ipv6Header.offsets.destination,
        fragment: false,
      },
    } as const;
    return { layer, line, rest, next: { table: 'ipProtocol', key: nextHeader } };
  },
};
