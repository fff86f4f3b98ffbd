import {
  array,
  be16,
  bytes,
  i8,
  i16,
  i32,
  i64,
  ipv4Address,
  ipv4Prefix,
  ipv6Address,
  type Layout,
  mac,
  type Struct,
  struct,
  u8,
  u16,
  u32,
  u64,
} from '@hookline/layout';
import { describe, expect, test } from 'vitest';

/*
 * What gcc 12 for x86-64 prints with offsetof, sizeof and _Alignof for these structs:
 *
 *   struct in6 { uint32_t w[4]; };
 *   struct mixed { uint8_t a; uint16_t b; uint8_t c; uint32_t d; uint8_t e; uint64_t f; uint8_t g; };
 *   struct inner { uint16_t a; uint8_t b; };
 *   struct outer { uint8_t a; struct inner b; uint8_t c[3]; struct inner d[2]; uint64_t e; int8_t f; };
 *   struct flow { unsigned char mac[6]; uint32_t source; struct in6 source6; uint16_t port; uint8_t protocol; };
 *   struct __attribute__((packed)) tight { uint8_t a; uint64_t b; uint16_t c; };
 *   struct holder { uint8_t a; struct tight b; uint32_t c; };
 *   struct lpm { uint8_t a; struct { uint32_t prefixlen; uint8_t data[4]; } key; uint8_t b; };
 *   struct sgn { int8_t a; int64_t b; int16_t c; int32_t d; };
 *   struct witharr { uint8_t n; uint64_t v[2]; uint8_t z; };
 *   struct empty {};
 */
const mixed = struct('mixed', { a: u8, b: u16, c: u8, d: u32, e: u8, f: u64, g: u8 });
const inner = struct('inner', { a: u16, b: u8 });
const outer = struct('outer', { a: u8, b: inner, c: bytes(3), d: array(inner, 2), e: u64, f: i8 });
const flow = struct('flow', { mac, source: ipv4Address, source6: ipv6Address, port: be16, protocol: u8 });
const tight = struct('tight', { a: u8, b: u64, c: u16 }, { packed: true });
const holder = struct('holder', { a: u8, b: tight, c: u32 });
const lpm = struct('lpm', { a: u8, key: ipv4Prefix, b: u8 });
const sgn = struct('sgn', { a: i8, b: i64, c: i16, d: i32 });
const witharr = struct('witharr', { n: u8, v: array(u64, 2), z: u8 });
const empty = struct('empty', {});

describe('offsets, size and alignment are those of C', () => {
  test.each<[string, Struct, object, number, number]>([
    ['every width', mixed, { a: 0, b: 2, c: 4, d: 8, e: 12, f: 16, g: 24 }, 32, 8],
    ['padding at the end only', inner, { a: 0, b: 2 }, 4, 2],
    ['structs and arrays inside', outer, { a: 0, b: 2, c: 6, d: 10, e: 24, f: 32 }, 40, 8],
    ['addresses', flow, { mac: 0, source: 8, source6: 12, port: 28, protocol: 30 }, 32, 4],
    ['packed', tight, { a: 0, b: 1, c: 9 }, 11, 1],
    ['packed inside', holder, { a: 0, b: 1, c: 12 }, 16, 4],
    ['the key of an LPM trie', lpm, { a: 0, key: 4, b: 12 }, 16, 4],
    ['signed', sgn, { a: 0, b: 8, c: 16, d: 20 }, 24, 8],
    ['an array of u64', witharr, { n: 0, v: 8, z: 24 }, 32, 8],
    ['nothing', empty, {}, 0, 1],
  ])('%s', (_, layout, offsets, size, alignment) => {
    expect(layout).toMatchObject({ offsets, size, alignment });
    expect(Object.keys(layout.offsets)).toEqual(Object.keys(offsets));
  });

  test('elements of an array lie at multiples of the padded size', () => {
    expect(array(inner, 3)).toMatchObject({ stride: 4, size: 12, alignment: 2 });
    expect(array(tight, 2)).toMatchObject({ stride: 11, size: 22, alignment: 1 });
    expect(array(u64, 0)).toMatchObject({ size: 0, alignment: 8 });
  });

  test('layouts are plain data', () => {
    const layout: Layout = outer;
    expect(structuredClone(layout)).toEqual(layout);
    expect(JSON.parse(JSON.stringify(layout))).toEqual(layout);
  });
});
