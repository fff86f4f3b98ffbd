import {
  array,
  type Bits,
  be16,
  be64,
  bits,
  bytes,
  decode,
  encode,
  i64,
  ipv4Address,
  ipv6Prefix,
  type Js,
  mac,
  type Scalar,
  type Struct,
  struct,
  type Text,
  u8,
  u32,
  u64,
} from '@hookline/layout';
import { expectTypeOf, test } from 'vitest';

const Flow = struct('flow', {
  source: ipv4Address,
  hardware: mac,
  prefix: ipv6Prefix,
  port: be16,
  packets: u64,
  delta: i64,
  hash: bytes(4),
  counters: array(struct('counter', { packets: u64, bytes: u32 }), 2),
  ...bits(u8, { version: 4, headerLength: 4 }),
  ...bits(be64, { top: 32, bottom: 32 }),
});

test('a layout infers its JavaScript value', () => {
  expectTypeOf<Js<typeof Flow>>().toEqualTypeOf<{
    source: string;
    hardware: string;
    prefix: string;
    port: number;
    packets: bigint;
    delta: bigint;
    hash: Uint8Array;
    counters: readonly { packets: bigint; bytes: number }[];
    version: number;
    headerLength: number;
    top: bigint;
    bottom: bigint;
  }>();
  expectTypeOf(decode(u64, new Uint8Array(8))).toEqualTypeOf<bigint>();
  expectTypeOf(decode(be16, new Uint8Array(2))).toEqualTypeOf<number>();
});

test('encode asks for exactly that value', () => {
  expectTypeOf(encode<typeof Flow>)
    .parameter(1)
    .toEqualTypeOf<Js<typeof Flow>>();
  expectTypeOf(encode<typeof u64>)
    .parameter(1)
    .toEqualTypeOf<bigint>();
  expectTypeOf(encode<typeof ipv4Address>)
    .parameter(1)
    .toEqualTypeOf<string>();
});

test('layouts keep what they are made of', () => {
  expectTypeOf(u8).toEqualTypeOf<Scalar<'u8'>>();
  expectTypeOf(be16).toEqualTypeOf<Scalar<'u16'>>();
  expectTypeOf(mac).toEqualTypeOf<Text<'mac'>>();
  expectTypeOf(bits(u8, { a: 8 }).a).toEqualTypeOf<Bits<'u8'>>();
  expectTypeOf(struct('s', { a: u8 })).toEqualTypeOf<Struct<{ readonly a: Scalar<'u8'> }>>();
  expectTypeOf(Flow.offsets).toHaveProperty('port').toEqualTypeOf<number>();
});
