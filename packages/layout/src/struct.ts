import type { AnyLayout, ArrayLayout, Bits, Fields, Layout, Scalar, Struct, Width } from './layout.ts';
import { LayoutError } from './layout.ts';

/** A C identifier; `__proto__` is none, because an object's field of that name is not one of its own. */
const IDENTIFIER = /^(?!__proto__$)[A-Za-z_][A-Za-z0-9_]*$/;

function roundUp(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}

/** BTF and addresses are 32 bits wide. */
const LARGEST = 0xffff_ffff;

function checkedSize(what: string, size: number): number {
  if (size > LARGEST) {
    throw new LayoutError('LAYOUT_INVALID', `${what} is ${size} bytes: make it at most ${LARGEST}.`);
  }
  return size;
}

/** Refuses bit fields of which a unit's first, a later or the last part is missing: they would read other bits. */
function checkBits(struct: string, fields: Fields): void {
  let open: Bits | undefined;
  const refuse = (field: string): never => {
    throw new LayoutError(
      'LAYOUT_INVALID',
      `${struct}.${field}: its unit is not whole: spread all of bits(...), with names used once.`,
    );
  };
  let last = '';
  for (const [name, layout] of Object.entries<AnyLayout>(fields)) {
    const next = layout.kind === 'bits' ? layout : undefined;
    if (open && !(next && follows(open, next))) refuse(last);
    if (!open && next && !next.leading) refuse(name);
    open = next && next.shift > 0 ? next : undefined;
    last = name;
  }
  if (open) refuse(last);
}

/** Whether `next` is the part of the same unit right below `open`. */
function follows(open: Bits, next: Bits): boolean {
  const sameUnit = open.unit.width === next.unit.width && open.unit.order === next.unit.order;
  return sameUnit && !next.leading && next.shift + next.width === open.shift;
}

/**
 * A struct laid out as C does: every field at the next multiple of its alignment, the end padded to the largest one.
 * Padding is always zero when encoded.
 *
 * @param name its name in BTF and in errors, an identifier
 * @param options `packed` leaves all padding out (`__attribute__((packed))`), as headers on a wire are
 * @throws LayoutError LAYOUT_INVALID for a name that BTF cannot hold, a bit field away from its unit, or more than 4 GiB
 */
export function struct<const F extends Fields>(
  name: string,
  fields: F,
  options: { readonly packed?: boolean } = {},
): Struct<F> {
  if (!IDENTIFIER.test(name)) {
    throw new LayoutError('LAYOUT_INVALID', `struct('${name}'): a name has letters, digits and _ only.`);
  }
  checkBits(name, fields);
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
    size: checkedSize(name, roundUp(end, alignment)),
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
  const size = checkedSize(`array(..., ${length})`, stride * length);
  return { kind: 'array', element, length, stride, size, alignment: element.alignment };
}
