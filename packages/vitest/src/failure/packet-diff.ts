import { type DissectedField, type DissectedLayer, dissect } from '@hookline/packet';
import { describeValue, hex } from './describe-frame.ts';

const MOST_BYTES = 16;

/**
 * What differs between two packets, a line each: fields by their names, as `ipv4.ttl: 64 -> 63 (byte 22)`, as long as both
 * have the same headers, and the first bytes that differ where fields say nothing. Nothing for equal packets.
 */
export function diffPackets(before: Uint8Array, after: Uint8Array): string[] {
  if (Buffer.compare(before, after) === 0) return [];
  const lines = before.length === after.length ? [] : [`length: ${before.length} -> ${after.length} bytes`];
  const [old, now] = [dissect(before), dissect(after)];
  const count = Math.max(old.layers.length, now.layers.length);
  let end = 0;
  for (let index = 0; index < count; index++) {
    const [a, b] = [old.layers[index], now.layers[index]];
    if (a === undefined || b === undefined || a.protocol !== b.protocol || a.offset !== b.offset) {
      return [...lines, `headers: ${namesOf(old.layers)} -> ${namesOf(now.layers)}`];
    }
    lines.push(...diffLayer(a, b));
    end = Math.max(end, a.offset + a.length, b.offset + b.length);
  }
  return [...lines, ...diffBytes(before, after, lines.length === 0 ? 0 : end)];
}

function namesOf(layers: readonly DissectedLayer[]): string {
  return layers.map(({ protocol }) => protocol).join(' ') || 'none';
}

function diffLayer(a: DissectedLayer, b: DissectedLayer): string[] {
  const names = (layer: DissectedLayer): Map<string, DissectedField> =>
    new Map([...layer.fields, ...layer.options].map((field) => [field.name, field]));
  const [old, now] = [names(a), names(b)];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((name) => {
    const [before, after] = [textOf(old.get(name)), textOf(now.get(name))];
    const offset = (old.get(name) ?? now.get(name))?.offset;
    return before === after ? [] : [`${a.protocol}.${name}: ${before} -> ${after} (byte ${offset})`];
  });
}

function textOf(field: DissectedField | undefined): string {
  return field === undefined ? 'none' : describeValue(field.name, field.value);
}

/** The first difference from a byte on that both packets have. */
function diffBytes(before: Uint8Array, after: Uint8Array, from: number): string[] {
  const least = Math.min(before.length, after.length);
  let at = from;
  while (at < least && before[at] === after[at]) at++;
  if (at >= least) return [];
  const show = (bytes: Uint8Array): string => hex(bytes.subarray(at, at + MOST_BYTES));
  return [`from byte ${at}: ${show(before)} -> ${show(after)}`];
}
