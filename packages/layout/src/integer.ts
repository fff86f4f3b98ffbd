import type { Bits, Scalar, SignedWidth, Width } from './layout.ts';
import { type Path, refuse, shown } from './refusal.ts';

interface IntegerCodec {
  readonly bits: number;
  readonly signed: boolean;
  readonly read: (view: DataView, offset: number, little: boolean) => number | bigint;
  readonly write: (view: DataView, offset: number, value: never, little: boolean) => void;
}

const INTEGERS: Readonly<Record<Width | SignedWidth, IntegerCodec>> = {
  u8: integer(
    8,
    false,
    (v, o) => v.getUint8(o),
    (v, o, x: number) => v.setUint8(o, x),
  ),
  u16: integer(
    16,
    false,
    (v, o, l) => v.getUint16(o, l),
    (v, o, x: number, l) => v.setUint16(o, x, l),
  ),
  u32: integer(
    32,
    false,
    (v, o, l) => v.getUint32(o, l),
    (v, o, x: number, l) => v.setUint32(o, x, l),
  ),
  u64: integer(
    64,
    false,
    (v, o, l) => v.getBigUint64(o, l),
    (v, o, x: bigint, l) => v.setBigUint64(o, x, l),
  ),
  i8: integer(
    8,
    true,
    (v, o) => v.getInt8(o),
    (v, o, x: number) => v.setInt8(o, x),
  ),
  i16: integer(
    16,
    true,
    (v, o, l) => v.getInt16(o, l),
    (v, o, x: number, l) => v.setInt16(o, x, l),
  ),
  i32: integer(
    32,
    true,
    (v, o, l) => v.getInt32(o, l),
    (v, o, x: number, l) => v.setInt32(o, x, l),
  ),
  i64: integer(
    64,
    true,
    (v, o, l) => v.getBigInt64(o, l),
    (v, o, x: bigint, l) => v.setBigInt64(o, x, l),
  ),
};

function integer<T extends number | bigint>(
  bits: number,
  signed: boolean,
  read: (view: DataView, offset: number, little: boolean) => T,
  write: (view: DataView, offset: number, value: T, little: boolean) => void,
): IntegerCodec {
  return { bits, signed, read, write };
}

/** The number, if it is a whole one of so many bits. */
function checkedNumber(value: unknown, bits: number, signed: boolean, path: Path): number {
  const type = `${signed ? 'i' : 'u'}${bits}`;
  if (typeof value !== 'number') refuse(path, `${shown(value)} is a ${typeof value}: a ${type} is a number.`);
  if (!Number.isInteger(value)) refuse(path, `${value} is no integer: give a whole number.`);
  const low = signed ? -(2 ** (bits - 1)) : 0;
  const high = 2 ** (signed ? bits - 1 : bits) - 1;
  if (value < low || value > high) refuse(path, `${value} does not fit ${type}: give ${low} to ${high}.`);
  return value;
}

/** `checkedNumber` for integers that are bigint in JavaScript. */
function checkedBigint(value: unknown, bits: number, signed: boolean, path: Path): bigint {
  const type = `${signed ? 'i' : 'u'}${bits}`;
  if (typeof value !== 'bigint') {
    refuse(path, `${shown(value)} is a ${typeof value}: a ${type} is a bigint here, like 1n.`);
  }
  const low = signed ? -(1n << BigInt(bits - 1)) : 0n;
  const high = (1n << BigInt(signed ? bits - 1 : bits)) - 1n;
  if (value < low || value > high) refuse(path, `${shown(value)} does not fit ${type}: give ${low} to ${high}.`);
  return value;
}

export function writeScalar(layout: Scalar, value: unknown, view: DataView, offset: number, path: Path): void {
  const { bits, signed, write } = INTEGERS[layout.width];
  const checked = bits === 64 ? checkedBigint(value, bits, signed, path) : checkedNumber(value, bits, signed, path);
  write(view, offset, checked as never, layout.order === 'host');
}

export function readScalar(layout: Scalar, view: DataView, offset: number): number | bigint {
  return INTEGERS[layout.width].read(view, offset, layout.order === 'host');
}

/** Sets the field's bits and leaves the others of its unit. */
export function writeBits(layout: Bits, value: unknown, view: DataView, offset: number, path: Path): void {
  const { unit, width, shift } = layout;
  const codec = INTEGERS[unit.width];
  const little = unit.order === 'host';
  const before = codec.read(view, offset, little);
  if (typeof before === 'bigint') {
    const field = checkedBigint(value, width, false, path) << BigInt(shift);
    const mask = ((1n << BigInt(width)) - 1n) << BigInt(shift);
    codec.write(view, offset, ((before & ~mask) | field) as never, little);
    return;
  }
  const field = checkedNumber(value, width, false, path) << shift;
  const mask = (0xffff_ffff >>> (32 - width)) << shift;
  codec.write(view, offset, (((before & ~mask) | field) >>> 0) as never, little);
}

export function readBits(layout: Bits, view: DataView, offset: number): number | bigint {
  const unit = readScalar(layout.unit, view, offset);
  if (typeof unit === 'bigint') return (unit >> BigInt(layout.shift)) & ((1n << BigInt(layout.width)) - 1n);
  return ((unit >>> layout.shift) & (0xffff_ffff >>> (32 - layout.width))) >>> 0;
}
