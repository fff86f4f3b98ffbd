import { type DissectedLayer, dissect, type FieldValue } from '@hookline/packet';
import type { Row } from './rows.ts';

/** What a reader of a failure wants to know of a header; of others, everything. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  ethernet: ['source', 'destination', 'etherType'],
  ipv4: ['source', 'destination', 'protocol', 'ttl', 'totalLength', 'fragmentOffset', 'moreFragments'],
  ipv6: ['source', 'destination', 'nextHeader', 'hopLimit', 'payloadLength'],
  tcp: ['sourcePort', 'destinationPort', 'flags', 'sequenceNumber', 'acknowledgmentNumber', 'window'],
  udp: ['sourcePort', 'destinationPort', 'length'],
};
/** Fields that one reads in hexadecimal, with their digits. */
const IN_HEX: Readonly<Record<string, number>> = { etherType: 4, flags: 2, checksum: 4 };
const MOST_BYTES = 96;

/** The rows of a failure that show a frame: in a line, header by header, and its bytes for a test of its own. */
export function describeFrame(frame: Uint8Array, label = 'Frame'): Row[] {
  const { summary, layers } = dissect(frame);
  return [
    [label, summary],
    ...layers.map((layer) => ['', describeLayer(layer)] as const),
    ['', `${frame.length} bytes: ${hex(frame.subarray(0, MOST_BYTES))}${frame.length > MOST_BYTES ? '...' : ''}`],
  ];
}

function describeLayer({ protocol, fields, notes, checksum }: DissectedLayer): string {
  const wanted = FIELDS[protocol];
  const shown = fields
    .filter(({ name }) => wanted === undefined || wanted.includes(name))
    .map(({ name, value }) => `${name} ${describeValue(name, value)}`);
  const bad = checksum === 'bad' || checksum === 'illegal' ? [`checksum ${checksum}`] : [];
  return `${protocol}: ${[...shown, ...bad, ...notes.map(({ kind, text }) => `${kind}: ${text}`)].join(', ')}`;
}

/** A field as a reader writes it. */
export function describeValue(name: string, value: FieldValue): string {
  if (value instanceof Uint8Array) return hex(value);
  const digits = IN_HEX[name];
  if (digits === undefined || typeof value !== 'number') return String(value);
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
