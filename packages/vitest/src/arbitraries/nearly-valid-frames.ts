import { type DissectedField, dissect } from '@hookline/packet';
import fc from 'fast-check';
import type { TrafficOptions } from './endpoints.ts';
import { validFrames } from './valid-frames.ts';

/** Fields that a parser believes at its peril, by protocol. */
const LIES: Readonly<Record<string, readonly string[]>> = {
  ipv4: ['version', 'headerLength', 'totalLength', 'checksum'],
  ipv6: ['version', 'payloadLength'],
  tcp: ['dataOffset', 'checksum'],
  udp: ['length', 'checksum'],
  icmp: ['checksum'],
  icmpv6: ['checksum'],
};

/** What may end without anything missing: whatever follows may be empty. */
const LINK = new Set(['ethernet', 'vlan']);

/**
 * Frames with a single mistake: cut somewhere in the packet, or with another length, version or checksum in one header. One
 * in some ten thousand is valid all the same, because its checksum happens to be right again.
 */
export function nearlyValidFrames(options: TrafficOptions = {}): fc.Arbitrary<Uint8Array> {
  return fc
    .record({
      frame: validFrames(options),
      isCut: fc.boolean(),
      place: fc.nat(),
      change: fc.integer({ min: 1, max: 0xffff }),
    })
    .map(({ frame, isCut, place, change }) => {
      const { layers, payload } = dissect(frame);
      const fields = layers.flatMap(({ protocol, fields: all }) =>
        all.filter(({ name }) => LIES[protocol]?.includes(name)),
      );
      const field = fields[place % fields.length];
      if (field !== undefined && !isCut) return falsified(frame, field, change);
      // What follows the packet is padding, and nobody would miss it; ARP does not say where that begins.
      const end = payload.offset + (layers.at(-1)?.protocol === 'arp' ? 0 : payload.length);
      const start = layers.find(({ protocol }) => !LINK.has(protocol))?.offset ?? 0;
      return frame.slice(0, start + 1 + (place % (end - start - 1)));
    });
}

/** The frame with another value in a field. */
function falsified(frame: Uint8Array, { offset, size, bits }: DissectedField, change: number): Uint8Array {
  const { shift, width } = bits ?? { shift: 0, width: size * 8 };
  const most = 2 ** width - 1;
  // From 1 to the largest value, so that exclusive or always changes something, and nothing beyond the field.
  const mask = (1 + (change % most)) * 2 ** shift;
  const wrong = frame.slice();
  for (let i = 0; i < size; i++) {
    wrong[offset + i] = (wrong[offset + i] as number) ^ ((mask >>> ((size - 1 - i) * 8)) & 0xff);
  }
  return wrong;
}
