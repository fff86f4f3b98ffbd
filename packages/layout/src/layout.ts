/**
 * A layout is a value that says how bytes in memory are read: plain data, so that it can be compared, serialised and
 * sent to a worker. `encode` and `decode` (codec.ts) turn it into JavaScript values and back.
 */

/** Unsigned integers by their size in bits. */
export type Width = 'u8' | 'u16' | 'u32' | 'u64';
export type SignedWidth = 'i8' | 'i16' | 'i32' | 'i64';
/** `host` is little-endian, as on every machine that Hookline runs on; `network` is big-endian. */
export type ByteOrder = 'host' | 'network';
/** What a text layout stands for; each is a string in JavaScript. */
export type TextName = 'mac' | 'ipv4Address' | 'ipv6Address' | 'ipv4Prefix' | 'ipv6Prefix';

interface Extent {
  /** Bytes, padding included. */
  readonly size: number;
  /** C alignment in bytes. */
  readonly alignment: number;
}

/** An integer. 64-bit ones are bigint in JavaScript, all others numbers. */
export interface Scalar<W extends Width | SignedWidth = Width | SignedWidth> extends Extent {
  readonly kind: 'scalar';
  readonly width: W;
  readonly order: ByteOrder;
}

/** Some bits of a scalar unit, made by `bits`. */
export interface Bits<W extends Width = Width> extends Extent {
  readonly kind: 'bits';
  readonly unit: Scalar<W>;
  /** Bits between this field and the least significant end of the unit. */
  readonly shift: number;
  /** Bits in this field. */
  readonly width: number;
  /** Whether a new unit begins here; otherwise the field lies in the unit of the field before it. */
  readonly leading: boolean;
}

/** Bytes with a meaning: a string in JavaScript, comparable and copyable in a packet, never added to. */
export interface Text<Name extends TextName = TextName> extends Extent {
  readonly kind: 'text';
  readonly name: Name;
}

/** Bytes without a meaning: a `Uint8Array` of exactly this size in JavaScript. */
export interface Bytes extends Extent {
  readonly kind: 'bytes';
}

/** `length` elements of one layout, one after the other at multiples of `stride` bytes. */
export interface ArrayLayout<E extends Layout = AnyLayout> extends Extent {
  readonly kind: 'array';
  readonly element: E;
  readonly length: number;
  readonly stride: number;
}

/** Named fields at C offsets. */
export interface Struct<F extends Fields = Fields> extends Extent {
  readonly kind: 'struct';
  readonly name: string;
  readonly fields: F;
  /** Byte offset of each field; bit fields have the offset of their unit. */
  readonly offsets: { readonly [K in keyof F]: number };
}

export interface Fields {
  readonly [name: string]: AnyLayout;
}

/** Every layout by its shape, for code that looks at `kind`. */
export type AnyLayout = Scalar | Bits | Text | Bytes | ArrayLayout | Struct;
/** The bound of a type parameter that is a layout. */
export type Layout = AnyLayout;

type Integer<W extends string> = W extends 'u64' | 'i64' ? bigint : number;

/** The JavaScript value of a layout. */
export type Js<L> =
  L extends Scalar<infer W>
    ? Integer<W>
    : L extends Bits<infer W>
      ? Integer<W>
      : L extends Text
        ? string
        : L extends Bytes
          ? Uint8Array
          : L extends ArrayLayout<infer E>
            ? readonly Js<E>[]
            : L extends Struct<infer F>
              ? { -readonly [K in keyof F]: Js<F[K]> }
              : never;

/** A layout that cannot be, or a value that does not fit one. */
export class LayoutError extends Error {
  readonly code: 'LAYOUT_INVALID' | 'LAYOUT_VALUE';

  constructor(code: 'LAYOUT_INVALID' | 'LAYOUT_VALUE', message: string) {
    super(message);
    this.name = 'LayoutError';
    this.code = code;
  }
}
