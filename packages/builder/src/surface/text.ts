import { encode, LayoutError, type Text, type TextName } from '@hookline/layout';
import { constant, type Source, type Value } from '../ir/operation.ts';
import { condition, NO_PRIMITIVE, type Question } from './condition.ts';
import { type BuildContext, enter, here } from './context.ts';
import { fetched } from './integer.ts';
import { at, copyBytes, type Memory, newArea, noteWrite, piecesOf, requireFresh, storeBytes } from './memory.ts';
import { missingMember } from './missing-member.ts';
import type { BytesPlace, BytesValue, PacketCondition, TextPlace, TextValue, Uint } from './types.ts';

const LOCATE: unique symbol = Symbol.for('hookline.locate') as never;

/** Bytes in memory, of which two can be compared and copied. */
abstract class BytesHandle {
  readonly #memory: Memory;
  readonly #size: number;

  constructor(memory: Memory, size: number) {
    this.#memory = memory;
    this.#size = size;
  }

  /** Where the bytes lie, to be read. */
  [LOCATE](context: BuildContext): Memory {
    this.#memory.check(context);
    requireFresh(context, this.#memory, this.#size);
    return this.#memory;
  }

  /** A handle of the same kind for other bytes. */
  protected abstract over(memory: Memory): BytesHandle;

  copy(): BytesHandle {
    const context = enter();
    const from = this[LOCATE](context);
    const to = newArea(context, this.#size);
    copyBytes(context, to, from, this.#size);
    const made = context.make('this copy', 'use it, or remove it.');
    return this.over({ ...to, check: (now) => now.use(made, context) });
  }

  /** The bytes of something constant, as the author wrote it. */
  abstract bytesOf(context: BuildContext, value: unknown): Uint8Array;

  eq(other: unknown): PacketCondition {
    const context = enter();
    const own = this[LOCATE](context);
    const other2 = located(context, other);
    const pieces = other2 ? piecesOf(this.#size, own, other2) : piecesOf(this.#size, own);
    const bytes = other2 ? undefined : this.bytesOf(context, other);
    const parts = pieces.map(({ offset, bytes: size }): Question => {
      const left = context.load(own.base, own.offset + offset, size);
      const right: Source = other2
        ? context.load(other2.base, other2.offset + offset, size)
        : constant(littleEndian(bytes ?? new Uint8Array(), offset, size));
      return { kind: 'test', test: { operator: 'eq', left, right } };
    });
    return condition(context, { kind: 'all', parts });
  }

  ne(other: unknown): PacketCondition {
    return this.eq(other).not();
  }

  set(value: unknown): void {
    const context = enter();
    const to = this.#memory;
    to.check(context);
    const from = located(context, value);
    context.effects++;
    if (from) copyBytes(context, to, from, this.#size);
    else storeBytes(context, to, this.bytesOf(context, value));
    noteWrite(context, to, this.#size);
  }

  [Symbol.toPrimitive](): never {
    return here().fail('BUILD_VALUE', NO_PRIMITIVE);
  }
}

function littleEndian(bytes: Uint8Array, offset: number, size: number): bigint {
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[offset + i] ?? 0);
  return value;
}

/** Where a handle of bytes lies, which counts as its use; undefined for something constant. */
export function located(context: BuildContext, value: unknown): Memory | undefined {
  if (typeof value !== 'object' || value === null || !(LOCATE in value)) return undefined;
  return (value as BytesHandle)[LOCATE](context);
}

/** Encodes what the author wrote, or fails at the author's line with the layout's own remedy. */
export function encoded(context: BuildContext, layout: Text, value: unknown): Uint8Array {
  if (typeof value !== 'string') {
    context.fail(
      'BUILD_VALUE',
      `A ${layout.name} is written as a string or is read from the packet; this is ${typeof value}.`,
    );
  }
  try {
    return encode(layout, value);
  } catch (error) {
    if (error instanceof LayoutError) context.fail('BUILD_VALUE', error.message);
    throw error;
  }
}

const PREFIX_OF: Partial<Record<TextName, Text>> = {
  ipv4Address: { kind: 'text', name: 'ipv4Prefix', size: 8, alignment: 4 },
  ipv6Address: { kind: 'text', name: 'ipv6Prefix', size: 20, alignment: 4 },
};

class TextHandle extends BytesHandle {
  readonly #layout: Text;

  constructor(memory: Memory, layout: Text) {
    super(memory, layout.size);
    this.#layout = layout;
  }

  get textName(): TextName {
    return this.#layout.name;
  }

  bytesOf(context: BuildContext, value: unknown): Uint8Array {
    return encoded(context, this.#layout, value);
  }

  protected over(memory: Memory): BytesHandle {
    return new TextHandle(memory, this.#layout);
  }

  in(...prefixes: readonly string[]): PacketCondition {
    const context = enter();
    const layout = PREFIX_OF[this.#layout.name];
    if (!layout) return context.fail('BUILD_VALUE', `A ${this.#layout.name} has no prefixes: compare it with .eq.`);
    const memory = this[LOCATE](context);
    const pieces = piecesOf(this.#layout.size, memory).map((piece) => ({
      ...piece,
      loaded: context.load(memory.base, memory.offset + piece.offset, piece.bytes),
    }));
    const parts = prefixes.map((text): Question => {
      const bytes = encoded(context, layout, text);
      const length = Number(littleEndian(bytes, 0, 4));
      return { kind: 'all', parts: pieces.flatMap((piece) => maskedTest(context, piece, bytes.subarray(4), length)) };
    });
    return condition(context, { kind: 'any', parts });
  }
}

/** Whether the bits of one piece that belong to a prefix are those of the prefix. */
function maskedTest(
  context: BuildContext,
  { offset, bytes, loaded }: { readonly offset: number; readonly bytes: 1 | 2 | 4 | 8; readonly loaded: Value },
  address: Uint8Array,
  length: number,
): Question[] {
  const bits = Math.max(0, Math.min(bytes * 8, length - offset * 8));
  if (bits === 0) return [];
  const mask = new Uint8Array(bytes);
  for (let bit = 0; bit < bits; bit++) mask[bit >> 3] = (mask[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  const network = new Uint8Array(bytes).map((_, i) => (address[offset + i] ?? 0) & (mask[i] ?? 0));
  const masked =
    bits === bytes * 8 ? loaded : context.compute('and', bytes === 8 ? 64 : 32, loaded, littleEndian(mask, 0, bytes));
  return [{ kind: 'test', test: { operator: 'eq', left: masked, right: constant(littleEndian(network, 0, bytes)) } }];
}

class RawBytesHandle extends BytesHandle {
  readonly byteLength: number;

  constructor(memory: Memory, size: number) {
    super(memory, size);
    this.byteLength = size;
  }

  bytesOf(context: BuildContext, value: unknown): Uint8Array {
    if (value instanceof Uint8Array && value.length === this.byteLength) return value;
    const got = value instanceof Uint8Array ? `${value.length} bytes` : typeof value;
    return context.fail('BUILD_VALUE', `${got}: give a Uint8Array of ${this.byteLength} bytes.`);
  }

  protected over(memory: Memory): BytesHandle {
    return new RawBytesHandle(memory, this.byteLength);
  }

  at(index: number): Uint<'u8'> {
    const context = here();
    if (!Number.isInteger(index) || index < 0 || index >= this.byteLength) {
      context.fail('BUILD_VALUE', `There is no byte ${index}: give 0 to ${this.byteLength - 1}.`);
    }
    return fetched('u8', (now) => {
      const memory = this[LOCATE](now);
      return now.load(memory.base, memory.offset + index, 1);
    });
  }
}

Object.setPrototypeOf(
  BytesHandle.prototype,
  missingMember((handle) => (handle instanceof TextHandle ? `A ${handle.textName}` : 'This value of bytes')),
);

export function textPlace<N extends TextName>(memory: Memory, layout: Text<N>): TextPlace<N> {
  return new TextHandle(memory, layout) as unknown as TextPlace<N>;
}

export function bytesPlace(memory: Memory, size: number): BytesPlace {
  return new RawBytesHandle(memory, size) as unknown as BytesPlace;
}

/** Writes text into memory; a prefix may also come from an address, with all its bits. */
export function writeText(context: BuildContext, to: Memory, layout: Text, value: unknown): void {
  const from = located(context, value);
  if (!from) {
    storeBytes(context, to, encoded(context, layout, value));
    return;
  }
  const { textName } = value as TextValue<TextName>;
  if (textName === layout.name) {
    copyBytes(context, to, from, layout.size);
    return;
  }
  if (PREFIX_OF[textName]?.name !== layout.name) {
    context.fail('BUILD_VALUE', `A ${textName} is no ${layout.name}: give a string, or a field that holds one.`);
  }
  const bits = (layout.size - 4) * 8;
  context.fn.emit({ op: 'store', base: to.base, offset: to.offset, bytes: 4, from: constant(bits) });
  copyBytes(context, at(to, 4), from, layout.size - 4);
}

export function writeRawBytes(context: BuildContext, to: Memory, size: number, value: unknown): void {
  const from = located(context, value);
  if (from) {
    if ((value as BytesValue).byteLength !== size) {
      context.fail('BUILD_VALUE', `${(value as BytesValue).byteLength} bytes do not fit ${size}: give as many.`);
    }
    copyBytes(context, to, from, size);
    return;
  }
  if (!(value instanceof Uint8Array) || value.length !== size) {
    context.fail('BUILD_VALUE', `Give a Uint8Array of ${size} bytes here.`);
  }
  storeBytes(context, to, value);
}
