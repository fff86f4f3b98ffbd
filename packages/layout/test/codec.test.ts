import {
  type AnyLayout,
  array,
  be16,
  be32,
  be64,
  bits,
  bytes,
  decode,
  encode,
  encodeInto,
  i8,
  i16,
  i32,
  i64,
  ipv4Address,
  ipv4Prefix,
  ipv6Address,
  ipv6Prefix,
  type Layout,
  LayoutError,
  mac,
  struct,
  u8,
  u16,
  u32,
  u64,
} from '@hookline/layout';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

describe('integers', () => {
  test.each<[string, Layout, number | bigint, number[]]>([
    ['u16 is little-endian', u16, 0x1234, [0x34, 0x12]],
    ['be16 is big-endian', be16, 0x1234, [0x12, 0x34]],
    ['u32', u32, 0x12345678, [0x78, 0x56, 0x34, 0x12]],
    ['be32', be32, 0x12345678, [0x12, 0x34, 0x56, 0x78]],
    ['u64', u64, 0x0102030405060708n, [8, 7, 6, 5, 4, 3, 2, 1]],
    ['be64', be64, 0x0102030405060708n, [1, 2, 3, 4, 5, 6, 7, 8]],
    ['i8', i8, -2, [0xfe]],
    ['i16', i16, -2, [0xfe, 0xff]],
    ['i32', i32, -2, [0xfe, 0xff, 0xff, 0xff]],
    ['i64', i64, -2n, [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
  ])('%s', (_, layout, value, expected) => {
    expect([...encode(layout, value as never)]).toEqual(expected);
    expect(decode(layout, Uint8Array.from(expected))).toBe(value);
  });

  test.each<[string, Layout, unknown, unknown]>([
    ['u8', u8, 0, 255],
    ['u16', u16, 0, 65535],
    ['u32', u32, 0, 4294967295],
    ['u64', u64, 0n, 18446744073709551615n],
    ['i8', i8, -128, 127],
    ['i16', i16, -32768, 32767],
    ['i32', i32, -2147483648, 2147483647],
    ['i64', i64, -9223372036854775808n, 9223372036854775807n],
  ])('%s holds its range and nothing beyond', (name, layout, low, high) => {
    const one = typeof low === 'bigint' ? 1n : 1;
    for (const value of [low, high]) expect(decode(layout, encode(layout, value as never))).toBe(value);
    for (const value of [(low as number) - (one as number), (high as number) + (one as number)]) {
      expect(() => encode(layout, value as never)).toThrow(
        new LayoutError('LAYOUT_VALUE', `value: ${value} does not fit ${name}: give ${low} to ${high}.`),
      );
    }
  });
});

describe('bit fields', () => {
  const flags = struct('flags', { ...bits(be16, { high: 1, middle: 2, low: 13 }), ...bits(u8, { a: 4, b: 4 }) });

  test('from the most significant bit, in the order of the unit', () => {
    expect([...encode(flags, { high: 1, middle: 2, low: 5, a: 0xa, b: 0xb })]).toEqual([0xc0, 0x05, 0xab, 0]);
    expect(flags).toMatchObject({ offsets: { high: 0, middle: 0, low: 0, a: 2, b: 2 }, size: 4, alignment: 2 });
  });

  test('a whole unit, and 64-bit units', () => {
    const whole = struct('whole', { ...bits(u32, { all: 32 }), ...bits(be64, { top: 63, bottom: 1 }) });
    const value = { all: 0xffff_ffff, top: 2n ** 63n - 1n, bottom: 0n };
    expect([...encode(whole, value)].slice(8)).toEqual([...new Array(7).fill(0xff), 0xfe]);
    expect(decode(whole, encode(whole, value))).toEqual(value);
  });

  test('one can be changed without the others', () => {
    const unit = bits(be16, { a: 3, b: 10, c: 3 });
    const memory = Uint8Array.of(0xff, 0xff);
    expect(() => encodeInto(unit.b, 1024, memory)).toThrow(/1024 does not fit u10: give 0 to 1023/);
    expect(decode(unit.b, memory)).toBe(1023);
  });

  test('every split of every unit comes back', () => {
    const units = [u8, u16, u32, u64, be16, be32, be64] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...units),
        fc.array(fc.integer({ min: 1, max: 20 })),
        fc.bigInt(0n, 2n ** 64n - 1n),
        (unit, cuts, number) => {
          const widths: Record<string, number> = {};
          let left = unit.size * 8;
          for (const cut of cuts) {
            const width = Math.min(cut, left);
            if (width > 0) widths[`f${left}`] = width;
            left -= width;
          }
          if (left > 0) widths[`f${left}`] = left;
          const layout = struct('split', bits(unit, widths)) as AnyLayout;
          const value: Record<string, number | bigint> = {};
          let below = BigInt(unit.size * 8);
          const whole = number & (2n ** below - 1n);
          for (const [name, width] of Object.entries(widths)) {
            below -= BigInt(width);
            const field = (whole >> below) & (2n ** BigInt(width) - 1n);
            value[name] = unit.width === 'u64' ? field : Number(field);
          }
          const encoded = encode(layout, value as never);
          expect(BigInt(decode(unit as AnyLayout, encoded) as number | bigint)).toBe(whole);
          expect(decode(layout, encoded)).toEqual(value);
        },
      ),
    );
  });
});

describe('values come back', () => {
  const u = (size: number) => fc.integer({ min: 0, max: 2 ** size - 1 });
  const value = fc.record({
    a: u(8),
    b: u(16),
    c: fc.bigInt(0n, 2n ** 64n - 1n),
    d: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    hardware: fc
      .uint8Array({ minLength: 6, maxLength: 6 })
      .map((six) => Buffer.from(six).toString('hex').replace(/..\B/g, '$&:')),
    source: fc.ipV4(),
    prefix: fc.tuple(fc.ipV4(), fc.nat(32)).map(([address, length]) => `${address}/${length}`),
    raw: fc.uint8Array({ minLength: 5, maxLength: 5 }),
    list: fc.array(fc.record({ x: u(32), y: u(8) }), { minLength: 3, maxLength: 3 }),
    version: u(4),
    rest: u(4),
  });
  const shape = {
    a: u8,
    b: be16,
    c: u64,
    d: i32,
    hardware: mac,
    source: ipv4Address,
    prefix: ipv4Prefix,
    raw: bytes(5),
    list: array(struct('pair', { x: u32, y: u8 }), 3),
    ...bits(u8, { version: 4, rest: 4 }),
  };

  test.each([
    ['aligned', struct('everything', shape)],
    ['packed', struct('everything', shape, { packed: true })],
  ])('%s, at any offset', (_, layout) => {
    fc.assert(
      fc.property(value, fc.nat(20), (given, offset) => {
        const memory = new Uint8Array(layout.size + 40).fill(0xee);
        encodeInto(layout, given, memory, offset);
        expect(decode(layout, memory, offset)).toEqual(given);
        expect([...memory.subarray(0, offset), ...memory.subarray(offset + layout.size)]).toEqual(
          new Array(40).fill(0xee),
        );
      }),
    );
  });

  test('padding is written as zeros', () => {
    const layout = struct('padded', { a: u8, b: u32, c: u8 });
    const memory = new Uint8Array(12).fill(0xee);
    encodeInto(layout, { a: 1, b: 2, c: 3 }, memory);
    expect([...memory]).toEqual([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]);
  });

  test('every byte pattern decodes, whatever it says', () => {
    const layout = struct('everything', { ...shape, six: ipv6Address, prefix6: ipv6Prefix });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: layout.size, maxLength: layout.size }), (memory) => {
        expect(Object.keys(decode(layout, memory))).toEqual(Object.keys(layout.fields));
      }),
    );
  });

  test('what is decoded shares no memory, not even with a Buffer', () => {
    const memory = Buffer.from([1, 2, 3, 4]);
    const value = decode(bytes(2), memory, 1);
    memory.fill(9);
    expect(value).toEqual(Uint8Array.of(2, 3));
    expect(value.constructor).toBe(Uint8Array);
  });
});

describe('values that do not fit are refused, with their place and the remedy', () => {
  const Flow = struct('flow', { source: ipv4Address, port: be16, list: array(u8, 2), hash: bytes(2) });
  const good = { source: '10.0.0.1', port: 1, list: [1, 2], hash: Uint8Array.of(1, 2) };

  test.each<[string, unknown, string]>([
    ['a number out of range', { ...good, port: 65536 }, 'flow.port: 65536 does not fit u16: give 0 to 65535.'],
    ['a fraction', { ...good, port: 1.5 }, 'flow.port: 1.5 is no integer: give a whole number.'],
    ['not a number', { ...good, port: Number.NaN }, 'flow.port: NaN is no integer: give a whole number.'],
    ['infinity', { ...good, port: Infinity }, 'flow.port: Infinity is no integer: give a whole number.'],
    ['a bigint', { ...good, port: 1n }, 'flow.port: 1 is a bigint: a u16 is a number.'],
    ['a string', { ...good, port: '1' }, 'flow.port: 1 is a string: a u16 is a number.'],
    ['undefined', { ...good, port: undefined }, 'flow.port: undefined is a undefined: a u16 is a number.'],
    ['an address', { ...good, source: '10.0.0' }, "flow.source: '10.0.0' is no IPv4 address: write it as 192.0.2.1."],
    ['a number for text', { ...good, source: 1 }, 'flow.source: 1 is a number: write it as a string.'],
    ['an element', { ...good, list: [1, 256] }, 'flow.list[1]: 256 does not fit u8: give 0 to 255.'],
    ['a hole', { ...good, list: new Array(2) }, 'flow.list[0]: undefined is a undefined: a u8 is a number.'],
    ['too few elements', { ...good, list: [1] }, 'flow.list: give an array of 2 elements.'],
    ['too many bytes', { ...good, hash: new Uint8Array(3) }, 'flow.hash: 3 bytes: give a Uint8Array of 2 bytes.'],
    ['an array for bytes', { ...good, hash: [1, 2] }, 'flow.hash: object: give a Uint8Array of 2 bytes.'],
    ['a missing field', { source: '10.0.0.1' }, 'flow.port: is missing: a value names every field.'],
    ['an unknown field', { ...good, sourcePort: 1 }, "flow: no field 'sourcePort': it has source, port, list, hash."],
    ['an inherited field', Object.create(good), 'flow.source: is missing: a value names every field.'],
    ['null', null, 'value: give an object with the fields of flow.'],
    [
      'a value that throws when shown',
      {
        ...good,
        port: {
          toString: () => {
            throw new Error('boom');
          },
        },
      },
      'flow.port: an object is a object: a u16 is a number.',
    ],
    [
      'an object without a prototype',
      { ...good, port: Object.create(null) },
      'flow.port: an object is a object: a u16 is a number.',
    ],
    ['a symbol', { ...good, source: Symbol('s') }, 'flow.source: Symbol(s) is a symbol: write it as a string.'],
    [
      'a megabyte of text',
      { ...good, source: 'x'.repeat(1 << 20) },
      `flow.source: '${'x'.repeat(60)}...' is no IPv4 address: write it as 192.0.2.1.`,
    ],
  ])('%s', (_, value, message) => {
    const memory = new Uint8Array(Flow.size).fill(0xee);
    expect(() => encodeInto(Flow, value as never, memory)).toThrow(new LayoutError('LAYOUT_VALUE', message));
    expect(memory).toEqual(new Uint8Array(Flow.size).fill(0xee));
  });

  test('a number where a bigint is due', () => {
    expect(() => encode(u64, 1 as never)).toThrow('value: 1 is a number: a u64 is a bigint here, like 1n.');
  });

  test.each([-1, 0.5, 5, Number.NaN, 2 ** 53])('an offset of %d in 8 bytes', (offset) => {
    const error = expect.objectContaining({
      code: 'LAYOUT_INVALID',
      message: expect.stringContaining('8: give all of them'),
    });
    expect(() => decode(u32, new Uint8Array(8), offset)).toThrow(error);
    expect(() => encodeInto(u32, 1, new Uint8Array(8), offset)).toThrow(error);
  });
});
