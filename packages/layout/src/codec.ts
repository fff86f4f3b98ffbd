import type { AnyLayout, Bits, Js, Layout, Scalar, SignedWidth, Width } from './layout.ts';
import { LayoutError } from './layout.ts';
import { TEXT_CODECS } from './text.ts';

/** Where a value lies, for errors: `flow.source`, `counters[3].bytes`. */
type Path = string;

function refuse(path: Path, problem: string): never {
  throw new LayoutError('LAYOUT_VALUE', `${path || 'value'}: ${problem}`);
}

type Read = (view: DataView, offset: number, little: boolean) => number | bigint;
type Write = (view: DataView, offset: number, value: number | bigint, little: boolean) => void;
interface IntegerCodec {
  readonly bits: number;
  readonly signed: boolean;
  readonly read: Read;
  readonly write: Write;
}

const INTEGERS: Readonly<Record<Width | SignedWidth, IntegerCodec>> = {
  u8: { bits: 8, signed: false, read: (v, o) => v.getUint8(o), write: (v, o, x) => v.setUint8(o, Number(x)) },
  u16: {
    bits: 16,
    signed: false,
    read: (v, o, l) => v.getUint16(o, l),
    write: (v, o, x, l) => v.setUint16(o, Number(x), l),
  },
  u32: {
    bits: 32,
    signed: false,
    read: (v, o, l) => v.getUint32(o, l),
    write: (v, o, x, l) => v.setUint32(o, Number(x), l),
  },
  u64: {
    bits: 64,
    signed: false,
    read: (v, o, l) => v.getBigUint64(o, l),
    write: (v, o, x, l) => v.setBigUint64(o, BigInt(x), l),
  },
  i8: { bits: 8, signed: true, read: (v, o) => v.getInt8(o), write: (v, o, x) => v.setInt8(o, Number(x)) },
  i16: {
    bits: 16,
    signed: true,
    read: (v, o, l) => v.getInt16(o, l),
    write: (v, o, x, l) => v.setInt16(o, Number(x), l),
  },
  i32: {
    bits: 32,
    signed: true,
    read: (v, o, l) => v.getInt32(o, l),
    write: (v, o, x, l) => v.setInt32(o, Number(x), l),
  },
  i64: {
    bits: 64,
    signed: true,
    read: (v, o, l) => v.getBigInt64(o, l),
    write: (v, o, x, l) => v.setBigInt64(o, BigInt(x), l),
  },
};

/** The value as an integer of its type, or an error that says the range. */
function checked(value: unknown, bits: number, signed: boolean, big: boolean, path: Path): bigint {
  const type = `${signed ? 'i' : 'u'}${bits}`;
  if (typeof value !== (big ? 'bigint' : 'number')) {
    refuse(path, `${String(value)} is a ${typeof value}: a ${type} is a ${big ? 'bigint, like 1n' : 'number'}.`);
  }
  if (typeof value === 'number' && !Number.isInteger(value))
    refuse(path, `${value} is no integer: give a whole number.`);
  const number = BigInt(value as number | bigint);
  const low = signed ? -(1n << BigInt(bits - 1)) : 0n;
  const high = (1n << BigInt(signed ? bits - 1 : bits)) - 1n;
  if (number < low || number > high) refuse(path, `${number} does not fit ${type}: give ${low} to ${high}.`);
  return number;
}

function writeScalar(layout: Scalar, value: unknown, view: DataView, offset: number, path: Path): void {
  const codec = INTEGERS[layout.width];
  codec.write(view, offset, checked(value, codec.bits, codec.signed, codec.bits === 64, path), layout.order === 'host');
}

function writeBits(layout: Bits, value: unknown, view: DataView, offset: number, path: Path): void {
  const codec = INTEGERS[layout.unit.width];
  const little = layout.unit.order === 'host';
  const field = checked(value, layout.width, false, codec.bits === 64, path);
  const mask = ((1n << BigInt(layout.width)) - 1n) << BigInt(layout.shift);
  const before = BigInt(codec.read(view, offset, little));
  codec.write(view, offset, (before & ~mask) | (field << BigInt(layout.shift)), little);
}

function readBits(layout: Bits, view: DataView, offset: number): number | bigint {
  const codec = INTEGERS[layout.unit.width];
  const unit = BigInt(codec.read(view, offset, layout.unit.order === 'host'));
  const field = (unit >> BigInt(layout.shift)) & ((1n << BigInt(layout.width)) - 1n);
  return codec.bits === 64 ? field : Number(field);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function part(bytes: Uint8Array, offset: number, size: number): Uint8Array {
  return bytes.subarray(offset, offset + size);
}

function write(layout: AnyLayout, value: unknown, bytes: Uint8Array, view: DataView, offset: number, path: Path): void {
  switch (layout.kind) {
    case 'scalar':
      writeScalar(layout, value, view, offset, path);
      return;
    case 'bits':
      writeBits(layout, value, view, offset, path);
      return;
    case 'text': {
      if (typeof value !== 'string') refuse(path, `${String(value)} is a ${typeof value}: write it as a string.`);
      try {
        bytes.set(TEXT_CODECS[layout.name].parse(value), offset);
      } catch (error) {
        if (error instanceof LayoutError && path) refuse(path, error.message);
        throw error;
      }
      return;
    }
    case 'bytes':
      if (!(value instanceof Uint8Array) || value.length !== layout.size) {
        const given = value instanceof Uint8Array ? `${value.length} bytes` : typeof value;
        refuse(path, `${given}: give a Uint8Array of ${layout.size} bytes.`);
      }
      bytes.set(value, offset);
      return;
    case 'array':
      if (!Array.isArray(value) || value.length !== layout.length) {
        refuse(path, `give an array of ${layout.length} elements.`);
      }
      part(bytes, offset, layout.size).fill(0);
      value.forEach((element: unknown, i) => {
        write(layout.element, element, bytes, view, offset + i * layout.stride, `${path}[${i}]`);
      });
      return;
    case 'struct': {
      if (typeof value !== 'object' || value === null)
        refuse(path, `give an object with the fields of ${layout.name}.`);
      const own = path || layout.name;
      for (const key of Object.keys(value)) {
        if (!Object.hasOwn(layout.fields, key)) {
          refuse(own, `no field '${key}': it has ${Object.keys(layout.fields).join(', ')}.`);
        }
      }
      part(bytes, offset, layout.size).fill(0);
      for (const [key, field] of Object.entries(layout.fields)) {
        const place = `${own}.${key}`;
        if (!Object.hasOwn(value, key)) refuse(place, 'is missing: a value names every field.');
        const fieldValue = (value as Readonly<Record<string, unknown>>)[key];
        write(field, fieldValue, bytes, view, offset + (layout.offsets[key] ?? 0), place);
      }
    }
  }
}

function read(layout: AnyLayout, bytes: Uint8Array, view: DataView, offset: number): unknown {
  switch (layout.kind) {
    case 'scalar':
      return INTEGERS[layout.width].read(view, offset, layout.order === 'host');
    case 'bits':
      return readBits(layout, view, offset);
    case 'text':
      return TEXT_CODECS[layout.name].format(part(bytes, offset, layout.size));
    case 'bytes':
      return bytes.slice(offset, offset + layout.size);
    case 'array':
      return Array.from({ length: layout.length }, (_, i) =>
        read(layout.element, bytes, view, offset + i * layout.stride),
      );
    case 'struct':
      return Object.fromEntries(
        Object.entries(layout.fields).map(([key, field]) => [
          key,
          read(field, bytes, view, offset + (layout.offsets[key] ?? 0)),
        ]),
      );
  }
}

/**
 * Writes a value into bytes that exist. Nothing is written where the value does not fit the layout.
 *
 * @throws LayoutError LAYOUT_VALUE with the path of the field and its range; LAYOUT_INVALID when the bytes end too soon
 */
export function encodeInto<L extends Layout>(layout: L, value: Js<L>, bytes: Uint8Array, offset = 0): void {
  requireRoom(layout, bytes, offset);
  bytes.set(encode(layout, value), offset);
}

/** The bytes of a value, `layout.size` of them, padding zero. Throws as `encodeInto` does. */
export function encode<L extends Layout>(layout: L, value: Js<L>): Uint8Array {
  const bytes = new Uint8Array(layout.size);
  write(layout, value, bytes, viewOf(bytes), 0, '');
  return bytes;
}

/**
 * The value at `offset`; it shares no memory with the bytes.
 *
 * @throws LayoutError LAYOUT_INVALID when the bytes end before the layout does
 */
export function decode<L extends Layout>(layout: L, bytes: Uint8Array, offset = 0): Js<L> {
  requireRoom(layout, bytes, offset);
  return read(layout, bytes, viewOf(bytes), offset) as Js<L>;
}

function requireRoom(layout: AnyLayout, bytes: Uint8Array, offset: number): void {
  if (!Number.isSafeInteger(offset) || offset < 0 || offset + layout.size > bytes.length) {
    throw new LayoutError(
      'LAYOUT_INVALID',
      `The layout needs ${layout.size} bytes at offset ${offset}, but there are ${bytes.length}: give all of them.`,
    );
  }
}
