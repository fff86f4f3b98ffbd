import type { ByteOrder, Bytes, Scalar, SignedWidth, Width } from './layout.ts';
import { LayoutError } from './layout.ts';

const SIZES = { u8: 1, u16: 2, u32: 4, u64: 8, i8: 1, i16: 2, i32: 4, i64: 8 } as const;

function scalar<W extends Width | SignedWidth>(width: W, order: ByteOrder = 'host'): Scalar<W> {
  const size = SIZES[width];
  return { kind: 'scalar', width, order, size, alignment: size };
}

export const u8: Scalar<'u8'> = scalar('u8');
export const u16: Scalar<'u16'> = scalar('u16');
export const u32: Scalar<'u32'> = scalar('u32');
export const u64: Scalar<'u64'> = scalar('u64');
export const i8: Scalar<'i8'> = scalar('i8');
export const i16: Scalar<'i16'> = scalar('i16');
export const i32: Scalar<'i32'> = scalar('i32');
export const i64: Scalar<'i64'> = scalar('i64');
/** Big-endian in memory, the plain number in JavaScript and in a program. */
export const be16: Scalar<'u16'> = scalar('u16', 'network');
export const be32: Scalar<'u32'> = scalar('u32', 'network');
export const be64: Scalar<'u64'> = scalar('u64', 'network');

/** `size` bytes without a meaning, alignment 1. */
export function bytes(size: number): Bytes {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new LayoutError('LAYOUT_INVALID', `bytes(${size}): give the number of bytes, 0 or more.`);
  }
  return { kind: 'bytes', size, alignment: 1 };
}
