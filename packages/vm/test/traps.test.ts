import { asm } from '@hookline/bpf';
import { describe, expect, test } from 'vitest';
import { execute, machine } from './machine.ts';

/**
 * Semantics that other machines got wrong. Values are from RFC 9669; where it leaves a question open, they are what
 * Linux 6.18 does.
 */
describe('jumps', () => {
  test('JMP64 with an immediate sign-extends it, for unsigned comparisons too', () => {
    // 0xfffffffffffffff0 < 0xffffffffffffffff, but not < 0x00000000ffffffff.
    expect(execute('r1 = -16\nr0 = 0\nif r1 < -1 goto +1\nexit\nr0 = 1\nexit')).toBe(1n);
    expect(execute('r1 = 0x100000000 ll\nr0 = 0\nif r1 > -1 goto +1\nexit\nr0 = 1\nexit')).toBe(0n);
  });

  test('JMP32 looks at the lower halves only', () => {
    expect(execute('r1 = 0x500000001 ll\nr0 = 0\nif w1 == 1 goto +1\nexit\nr0 = 1\nexit')).toBe(1n);
    expect(execute('r1 = 0xffffffff ll\nr0 = 0\nif w1 s< 0 goto +1\nexit\nr0 = 1\nexit')).toBe(1n);
  });

  test('a jump of 32 bits and a call take their distance from the immediate', () => {
    expect(execute('gotol +1\nexit\nr0 = 5\nexit')).toBe(5n);
    expect(execute('call +1\nexit\nr0 = 6\nexit')).toBe(6n);
  });
});

describe('arithmetic', () => {
  test('a 32-bit result zeroes the upper half', () => {
    expect(execute('r0 = -1\nw0 = w0\nexit')).toBe(0xffff_ffffn);
    expect(execute('r0 = -1\nw0 += 1\nexit')).toBe(0n);
    expect(execute('r0 = -1\nw0 = -5\nexit')).toBe(0xffff_fffbn);
  });

  test('division by zero gives 0, modulo by zero the dividend', () => {
    expect(execute('r0 = 7\nr1 = 0\nr0 /= r1\nexit')).toBe(0n);
    expect(execute('r0 = -7\nr1 = 0\nr0 %= r1\nexit')).toBe(0xffff_ffff_ffff_fff9n);
    expect(execute('r0 = -7\nr1 = 0\nr0 s/= r1\nexit')).toBe(0n);
    expect(execute('r0 = -7\nr1 = 0\nr0 s%= r1\nexit')).toBe(0xffff_ffff_ffff_fff9n);
    // The 32-bit modulo zeroes the upper half even then.
    expect(execute('r0 = 0x500000007 ll\nr1 = 0\nw0 %= w1\nexit')).toBe(7n);
  });

  test('the smallest number divided by -1 is itself, with no remainder', () => {
    expect(execute('r0 = 0x8000000000000000 ll\nr1 = -1\nr0 s/= r1\nexit')).toBe(0x8000_0000_0000_0000n);
    expect(execute('r0 = 0x8000000000000000 ll\nr1 = -1\nr0 s%= r1\nexit')).toBe(0n);
    expect(execute('w0 = 0x80000000\nw1 = -1\nw0 s/= w1\nexit')).toBe(0x8000_0000n);
    expect(execute('w0 = 0x80000000\nw1 = -1\nw0 s%= w1\nexit')).toBe(0n);
  });

  test('the offset makes division signed, and moves sign-extend', () => {
    expect(execute('r0 = -13\nr0 s/= 3\nexit')).toBe(BigInt.asUintN(64, -4n));
    expect(execute('r0 = -13\nr0 s%= 3\nexit')).toBe(BigInt.asUintN(64, -1n));
    expect(execute('r0 = -13\nr0 /= 3\nexit')).toBe((2n ** 64n - 13n) / 3n);
    expect(execute('r1 = 0x180\nr0 = (s8)r1\nexit')).toBe(0xffff_ffff_ffff_ff80n);
    expect(execute('r1 = 0x18000\nr0 = (s16)r1\nexit')).toBe(0xffff_ffff_ffff_8000n);
    expect(execute('r1 = 0x80000000 ll\nr0 = (s32)r1\nexit')).toBe(0xffff_ffff_8000_0000n);
    expect(execute('r1 = 0x80\nw0 = (s8)w1\nexit')).toBe(0xffff_ff80n);
  });

  test('shifts mask their distance with 63 or 31', () => {
    expect(execute('r0 = 1\nr1 = 65\nr0 <<= r1\nexit')).toBe(2n);
    expect(execute('r0 = 1\nr1 = 33\nw0 <<= w1\nexit')).toBe(2n);
    expect(execute('r0 = -8\nr1 = 64\nr0 s>>= r1\nexit')).toBe(0xffff_ffff_ffff_fff8n);
    expect(execute('r0 = -8\nr0 >>= 32\nexit')).toBe(0xffff_ffffn);
  });
});

describe('byte order', () => {
  const value = 'r0 = 0x0123456789abcdef ll\n';

  test('a swap of 64 bits is not truncated although it sits in the 32-bit class', () => {
    expect(execute(`${value}r0 = be64 r0\nexit`)).toBe(0xefcd_ab89_6745_2301n);
    expect(execute(`${value}r0 = le64 r0\nexit`)).toBe(0x0123_4567_89ab_cdefn);
  });

  test('le16 and le32 cut off what is above', () => {
    expect(execute(`${value}r0 = le16 r0\nexit`)).toBe(0xcdefn);
    expect(execute(`${value}r0 = le32 r0\nexit`)).toBe(0x89ab_cdefn);
  });

  test('be and bswap turn the bytes around', () => {
    expect(execute(`${value}r0 = be16 r0\nexit`)).toBe(0xefcdn);
    expect(execute(`${value}r0 = be32 r0\nexit`)).toBe(0xefcd_ab89n);
    expect(execute(`${value}r0 = bswap16 r0\nexit`)).toBe(0xefcdn);
    expect(execute(`${value}r0 = bswap32 r0\nexit`)).toBe(0xefcd_ab89n);
    expect(execute(`${value}r0 = bswap64 r0\nexit`)).toBe(0xefcd_ab89_6745_2301n);
  });
});

describe('atomics', () => {
  const cell = 'r1 = 0x500000007 ll\n*(u64 *)(r10 -8) = r1\n';

  test('fetch writes the old value to the source', () => {
    expect(execute(`${cell}r0 = 3\nr0 = atomic64_fetch_add((u64 *)(r10 -8), r0)\nexit`)).toBe(0x5_0000_0007n);
    expect(execute(`${cell}r2 = 3\nlock *(u64 *)(r10 -8) += r2\nr0 = r2\nexit`)).toBe(3n);
  });

  test('32-bit results are zero-extended', () => {
    expect(execute(`${cell}r0 = -1\nr0 = atomic_fetch_add((u32 *)(r10 -8), r0)\nexit`)).toBe(7n);
    expect(execute(`${cell}r0 = -1\nr0 = xchg_32(r10 -8, w0)\nexit`)).toBe(7n);
  });

  test('cmpxchg returns the old value in r0 even where it stores', () => {
    const program = `${cell}r0 = 0x500000007 ll\nr2 = 9\nr0 = cmpxchg_64(r10 -8, r0, r2)\nr3 = *(u64 *)(r10 -8)\n`;
    expect(execute(`${program}exit`)).toBe(0x5_0000_0007n);
    expect(execute(`${program}r0 = r3\nexit`)).toBe(9n);
    expect(execute(`${cell}r0 = 1\nr2 = 9\nr0 = cmpxchg_64(r10 -8, r0, r2)\nexit`)).toBe(0x5_0000_0007n);
  });

  test('or, and, xor change memory only', () => {
    const combined = (operator: string): bigint =>
      execute(`${cell}r2 = 12\nlock *(u64 *)(r10 -8) ${operator} r2\nr0 = *(u64 *)(r10 -8)\nexit`);
    expect(combined('|=')).toBe(0x5_0000_000fn);
    expect(combined('&=')).toBe(4n);
    expect(combined('^=')).toBe(0x5_0000_000bn);
  });

  test('a 64-bit addition carries into the upper half', () => {
    const carried = 'r1 = 0xffffffff ll\n*(u64 *)(r10 -8) = r1\nr2 = 1\nlock *(u64 *)(r10 -8) += r2\n';
    expect(execute(`${carried}r0 = *(u64 *)(r10 -8)\nexit`)).toBe(0x1_0000_0000n);
  });

  test('load_acquire and store_release exist', () => {
    expect(execute(`${cell}r0 = load_acquire((u8 *)(r10 -8))\nexit`)).toBe(7n);
    expect(execute(`${cell}r2 = 1\nstore_release((u32 *)(r10 -4), r2)\nr0 = *(u64 *)(r10 -8)\nexit`)).toBe(
      0x1_0000_0007n,
    );
  });

  test('an address that is not aligned faults', () => {
    expect(() => execute('r1 = 0\n*(u64 *)(r10 -8) = r1\nlock *(u32 *)(r10 -7) += r1\nr0 = 0\nexit')).toThrow(
      /not aligned/,
    );
  });
});

describe('calls', () => {
  test('the machine saves r6 to r9 even where the callee clobbers them', () => {
    const program = 'r6 = 1\nr7 = 2\nr8 = 3\nr9 = 4\ncall +5\nr0 = r6\nr0 += r7\nr0 += r8\nr0 += r9\nexit\n';
    expect(execute(`${program}r6 = 9\nr7 = 9\nr8 = 9\nr9 = 9\nr0 = 0\nexit`)).toBe(10n);
  });

  test('a callee has a stack frame of its own, and may use its caller’s', () => {
    const program = 'r2 = 5\n*(u64 *)(r10 -8) = r2\nr1 = r10\nr1 += -8\ncall +2\nr0 = *(u64 *)(r10 -8)\nexit\n';
    expect(
      execute(`${program}r3 = 7\n*(u64 *)(r10 -8) = r3\nr0 = *(u64 *)(r1 +0)\nr0 += 1\n*(u64 *)(r1 +0) = r0\nexit`),
    ).toBe(6n);
  });

  test('eight functions may be active, nine may not', () => {
    // r1 counts down the calls of a function that calls itself.
    const recursive = (depth: number): string =>
      `r1 = ${depth}\ncall +1\nexit\nr0 = r1\nif r1 == 0 goto +2\nr1 += -1\ncall -4\nexit`;
    expect(execute(recursive(6))).toBe(0n);
    expect(() => execute(recursive(7))).toThrow(/more than 8 functions/);
  });
});

describe('what is refused before it runs', () => {
  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['an uninitialised r0', 'exit', /reads r0, which nothing has set/],
    ['an uninitialised source', 'r0 = r5\nexit', /reads r5/],
    ['a program that runs past its end', 'r0 = 0', /runs past its end/],
    ['a jump into the middle of a 64-bit load', 'r0 = 0\ngoto +1\nr1 = 0 ll\nexit', /middle of a 64-bit/],
    ['a jump out of the program', 'r0 = 0\ngoto +5\nexit', /goes to slot 7/],
  ];
  test.each(refused)('%s', (_, text, message) => {
    expect(() => execute(text)).toThrow(message);
  });

  test('a field that is not used and not 0', () => {
    const odd = { ...asm.exit(), immediate: 1 };
    expect(() => machine().execute([asm.mov(0, { immediate: 0 }), odd])).toThrow(/immediate is not used/);
  });
});
