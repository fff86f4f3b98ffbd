import type { DissectedField, FieldValue } from './dissection.ts';
import { type Draft, malformed, type View } from './view.ts';

/** How a protocol lists its options: a type byte, mostly a length byte, data. */
export interface OptionStyle {
  /** Types that are one byte alone. */
  readonly single: ReadonlySet<number>;
  /** The type after which nothing more is read. */
  readonly last?: number;
  /** Bytes of the whole option by its length byte. */
  readonly size: (length: number) => number;
  readonly names: Readonly<Record<number, string>>;
  /** Values of options that are more than bytes. */
  readonly values?: Readonly<Record<number, (data: DataView) => FieldValue | undefined>>;
}

/**
 * Reads options from behind the layer's fields up to `end` into the layer. An option that does not fit is noted and ends
 * the list, as receivers do it.
 */
export function readOptions(layer: Draft, view: View, end: number, style: OptionStyle): void {
  const { bytes } = view;
  const stop = Math.min(end, view.end);
  let offset = layer.offset + layer.length;
  while (offset < stop) {
    const type = bytes[offset] as number;
    const name = style.names[type] ?? `option ${type}`;
    if (style.single.has(type)) {
      layer.options.push({ name, value: new Uint8Array(), offset, size: 1 });
      if (type === style.last) break;
      offset += 1;
      continue;
    }
    const size = offset + 1 < stop ? style.size(bytes[offset + 1] as number) : 0;
    if (size < 2 || offset + size > stop) {
      // Bytes that the capture lost are noted by the header's own length already.
      if (stop === end) malformed(layer, `${name} does not fit into the options`);
      break;
    }
    const data = new DataView(bytes.buffer, bytes.byteOffset + offset + 2, size - 2);
    const value = style.values?.[type]?.(data) ?? new Uint8Array(bytes.subarray(offset + 2, offset + size));
    layer.options.push({ name, value, offset, size } satisfies DissectedField);
    offset += size;
  }
  layer.length = Math.max(layer.length, stop - layer.offset);
}
