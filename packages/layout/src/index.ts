export { decode, encode, encodeInto } from './codec.ts';
export {
  type AnyLayout,
  type ArrayLayout,
  type Bits,
  type ByteOrder,
  type Bytes,
  type Fields,
  type Js,
  type Layout,
  LayoutError,
  type Scalar,
  type SignedWidth,
  type Struct,
  type Text,
  type TextName,
  type Width,
} from './layout.ts';
export { be16, be32, be64, bytes, i8, i16, i32, i64, u8, u16, u32, u64 } from './scalar.ts';
export { array, bits, struct } from './struct.ts';
export { ipv4Address, ipv4Prefix, ipv6Address, ipv6Prefix, mac } from './text.ts';
