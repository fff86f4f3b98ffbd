import { array, be16, bits, bytes, LayoutError, struct, u8, u16, u64 } from '@hookline/layout';
import { describe, expect, test } from 'vitest';

describe('layouts that cannot be are refused', () => {
  const word = bits(be16, { a: 4, b: 12 });

  test.each<[string, () => unknown, string]>([
    ['a name', () => struct('a flow', {}), "struct('a flow'): a name has letters, digits and _ only."],
    ['a field', () => struct('s', { 'a-b': u8 }), "s.a-b: a field's name is letters, digits and _ only."],
    // An object moves such keys to its front.
    ['a number for a field', () => struct('s', { b: u8, 1: u8 }), "s.1: a field's name is letters, digits and _ only."],
    [
      'the prototype for a field',
      () => struct('s', { ['__proto__']: u8 }),
      "s.__proto__: a field's name is letters, digits and _ only.",
    ],
    [
      'bits that do not fill their unit',
      () => bits(u8, { a: 3, b: 4 }),
      'bits(u8): the fields are 7 bits together: make them 8.',
    ],
    ['bits that overflow it', () => bits(u8, { a: 8, b: 1 }), 'bits(u8): the fields are 9 bits together: make them 8.'],
    ['no bits', () => bits(u8, { a: 0, b: 8 }), 'bits: a is 0 bits wide: give it at least 1.'],
    ['half a bit', () => bits(u8, { a: 0.5, b: 7.5 }), 'bits: a is 0.5 bits wide: give it at least 1.'],
    [
      'a bit field without its unit',
      () => struct('s', { b: word.b }),
      's.b: its unit is not whole: spread all of bits(...), with names used once.',
    ],
    [
      'a bit field away from its unit',
      () => struct('s', { a: word.a, x: u8, b: word.b }),
      's.a: its unit is not whole: spread all of bits(...), with names used once.',
    ],
    [
      'a name used in two units',
      () => struct('s', { ...bits(u8, { a: 4, rest: 4 }), ...bits(u8, { b: 4, rest: 4 }) }),
      's.b: its unit is not whole: spread all of bits(...), with names used once.',
    ],
    ['negative bytes', () => bytes(-1), 'bytes(-1): give the number of bytes, 0 or more.'],
    ['half an element', () => array(u8, 0.5), 'array(..., 0.5): give the number of elements, 0 or more.'],
    [
      'more than an address reaches',
      () => array(u64, 2 ** 30),
      'array(..., 1073741824) is 8589934592 bytes: make it at most 4294967295.',
    ],
    [
      'more than an address reaches, in sum',
      () => struct('s', { a: bytes(2 ** 32 - 1), b: u16 }),
      's is 4294967298 bytes: make it at most 4294967295.',
    ],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(new LayoutError('LAYOUT_INVALID', message));
  });
});
