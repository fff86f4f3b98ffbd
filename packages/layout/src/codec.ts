import { readBits, readScalar, writeBits, writeScalar } from './integer.ts';
import type { AnyLayout, Js, Layout } from './layout.ts';
import { LayoutError } from './layout.ts';
import { type Path, refuse, shown } from './refusal.ts';
import { TEXT_CODECS } from './text.ts';

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
      if (typeof value !== 'string') refuse(path, `${shown(value)} is a ${typeof value}: write it as a string.`);
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
      // By index, so that a hole is a missing element and not a zero.
      for (let i = 0; i < layout.length; i++) {
        write(layout.element, value[i], bytes, view, offset + i * layout.stride, `${path}[${i}]`);
      }
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
      return readScalar(layout, view, offset);
    case 'bits':
      return readBits(layout, view, offset);
    case 'text':
      return TEXT_CODECS[layout.name].format(part(bytes, offset, layout.size));
    case 'bytes':
      // Not `slice`, which in a Buffer shares the memory.
      return new Uint8Array(part(bytes, offset, layout.size));
    case 'array':
      return Array.from({ length: layout.length }, (_, i) =>
        read(layout.element, bytes, view, offset + i * layout.stride),
      );
    case 'struct': {
      const value: Record<string, unknown> = {};
      for (const key in layout.fields) {
        value[key] = read(layout.fields[key] as AnyLayout, bytes, view, offset + (layout.offsets[key] as number));
      }
      return value;
    }
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
