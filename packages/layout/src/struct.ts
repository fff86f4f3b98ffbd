import type { AnyLayout, ArrayLayout, Bits, Fields, Layout, Scalar, Struct, Width } from './layout.ts';
import { LayoutError } from './layout.ts';

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

function roundUp(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}

/**
 * A struct laid out as C does: every field at the next multiple of its alignment, the end padded to the largest one.
 * Padding is always zero when encoded.
 *
 * @param name its name in BTF and in errors, an identifier
 * @param options `packed` leaves all padding out (`__attribute__((packed))`), as headers on a wire are
 * @throws LayoutError LAYOUT_INVALID for a name that BTF cannot hold
 */
export function struct<const F extends Fields>(
  name: string,
  fields: F,
  options: { readonly packed?: boolean } = {},
): Struct<F> {
  if (!IDENTIFIER.test(name)) {
    throw new LayoutError('LAYOUT_INVALID', `struct('${name}'): a name has letters, digits and _ only.`);
  }
  const offsets: Record<string, number> = {};
  let end = 0;
  let alignment = 1;
  let unit = 0;
  for (const [field, layout] of Object.entries<AnyLayout>(fields)) {
    // Digits alone would also be moved to the front by JavaScript, and the order of fields is their place in memory.
    if (!IDENTIFIER.test(field)) {
      throw new LayoutError('LAYOUT_INVALID', `${name}.${field}: a field's name is letters, digits and _ only.`);
    }
    if (layout.kind === 'bits' && !layout.leading) {
      offsets[field] = unit;
      continue;
    }
    const own = options.packed ? 1 : layout.alignment;
    unit = roundUp(end, own);
    offsets[field] = unit;
    end = unit + layout.size;
    alignment = Math.max(alignment, own);
  }
  return {
    kind: 'struct',
    name,
    fields,
    offsets: offsets as { readonly [K in keyof F]: number },
    size: roundUp(end, alignment),
    alignment,
  };
}

/**
 * Splits one scalar into named bit fields, from its most significant bit to its least, as RFCs draw them. Spread the
 * result into a struct: `struct('ipv4', { ...bits(u8, { version: 4, headerLength: 4 }), ... })`.
 *
 * @param unit the scalar that holds the bits, in its own byte order
 * @param widths bits of each field; together exactly the unit's
 * @throws LayoutError LAYOUT_INVALID when the widths do not fill the unit
 */
export function bits<W extends Width, const F extends Readonly<Record<string, number>>>(
  unit: Scalar<W>,
  widths: F,
): { readonly [K in keyof F]: Bits<W> } {
  let shift = unit.size * 8;
  const fields: Record<string, Bits<W>> = {};
  for (const [name, width] of Object.entries(widths)) {
    if (!Number.isInteger(width) || width < 1) {
      throw new LayoutError('LAYOUT_INVALID', `bits: ${name} is ${width} bits wide: give it at least 1.`);
    }
    const leading = shift === unit.size * 8;
    shift -= width;
    fields[name] = { kind: 'bits', unit, shift, width, leading, size: unit.size, alignment: unit.alignment };
  }
  if (shift !== 0) {
    const total = unit.size * 8 - shift;
    throw new LayoutError(
      'LAYOUT_INVALID',
      `bits(${unit.width}): the fields are ${total} bits together: make them ${unit.size * 8}.`,
    );
  }
  return fields as { readonly [K in keyof F]: Bits<W> };
}

/** `length` elements, each at a multiple of the element's size rounded up to its alignment. */
export function array<const E extends Layout>(element: E, length: number): ArrayLayout<E> {
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new LayoutError('LAYOUT_INVALID', `array(..., ${length}): give the number of elements, 0 or more.`);
  }
  const stride = roundUp(element.size, element.alignment);
  return { kind: 'array', element, length, stride, size: stride * length, alignment: element.alignment };
}
