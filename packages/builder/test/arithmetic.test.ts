import { i8, i16, i32, i64, type SignedWidth, struct, u8, u16, u32, u64, type Width } from '@hookline/layout';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  array,
  bpfObject,
  type Int,
  PASS,
  type PacketCondition,
  select,
  type Uint,
  variable,
  when,
  xdp,
} from '../src/index.ts';
import { simulated } from './world.ts';

/*
 * Arithmetic of every width against BigInt, which knows nothing of registers: a value is taken modulo 2 to the width
 * after each operation, comparisons look at the whole number.
 */

const BITS = { u8: 8, u16: 16, u32: 32, u64: 64, i8: 8, i16: 16, i32: 32, i64: 64 } as const;

const Inputs = struct('inputs', { a8: u8, b8: u8, a16: u16, b16: u16, a32: u32, b32: u32, a64: u64, b64: u64 });
const SignedInputs = struct('signed', { a8: i8, b8: i8, a16: i16, b16: i16, a32: i32, b32: i32, a64: i64, b64: i64 });
const inputs = array('inputs', { value: Inputs, maxEntries: 1 });
const signedInputs = array('signed_inputs', { value: SignedInputs, maxEntries: 1 });
const results = array('results', { value: u64, maxEntries: 400 });
const signedResults = array('signed_results', { value: i64, maxEntries: 400 });

type Any = Uint<'u64'>;
type AnyInt = Int<'i64'>;

const OPERATIONS: Readonly<
  Record<string, readonly [make: (a: Any, b: Any) => Any, know: (a: bigint, b: bigint) => bigint]>
> = {
  plus: [(a, b) => a.plus(b), (a, b) => a + b],
  minus: [(a, b) => a.minus(b), (a, b) => a - b],
  times: [(a, b) => a.times(b), (a, b) => a * b],
  dividedBy: [(a, b) => a.dividedBy(b), (a, b) => (b === 0n ? 0n : a / b)],
  modulo: [(a, b) => a.modulo(b), (a, b) => (b === 0n ? a : a % b)],
  bitAnd: [(a, b) => a.bitAnd(b), (a, b) => a & b],
  bitOr: [(a, b) => a.bitOr(b), (a, b) => a | b],
  bitXor: [(a, b) => a.bitXor(b), (a, b) => a ^ b],
  left: [(a) => a.shiftLeft(3), (a) => a << 3n],
  right: [(a) => a.shiftRight(3), (a) => a >> 3n],
  leftBy: [(a, b) => a.shiftLeft(b.bitAnd(7)), (a, b) => a << (b & 7n)],
  rightBy: [(a, b) => a.shiftRight(b.bitAnd(7)), (a, b) => a >> (b & 7n)],
  number: [(a) => a.times(77).plus(200).minus(3), (a) => a * 77n + 200n - 3n],
  large: [(a) => a.bitXor(0x7f), (a) => a ^ 0x7fn],
};
const SIGNED_OPERATIONS: Readonly<
  Record<string, readonly [make: (a: AnyInt, b: AnyInt) => AnyInt, know: (a: bigint, b: bigint) => bigint]>
> = {
  plus: [(a, b) => a.plus(b), (a, b) => a + b],
  minus: [(a, b) => a.minus(b), (a, b) => a - b],
  times: [(a, b) => a.times(b), (a, b) => a * b],
  left: [(a) => a.shiftLeft(2), (a) => a << 2n],
  right: [(a) => a.shiftRight(2), (a) => a >> 2n],
  number: [(a) => a.plus(-100).times(-3), (a) => (a - 100n) * -3n],
};
const COMPARISONS = {
  eq: (a: bigint, b: bigint) => a === b,
  ne: (a: bigint, b: bigint) => a !== b,
  lt: (a: bigint, b: bigint) => a < b,
  le: (a: bigint, b: bigint) => a <= b,
  gt: (a: bigint, b: bigint) => a > b,
  ge: (a: bigint, b: bigint) => a >= b,
} as const;
const names = Object.keys(COMPARISONS) as (keyof typeof COMPARISONS)[];

/** Writes every operation of one width; the answers lie in a row. */
function every<T, C>(
  values: readonly [T, T],
  operations: Readonly<Record<string, readonly [(a: T, b: T) => T, unknown]>>,
  compare: (name: keyof typeof COMPARISONS, a: T, b: T) => C,
  put: (value: T) => void,
  putTruth: (condition: C) => void,
): void {
  const [a, b] = values;
  for (const [make] of Object.values(operations)) put(make(a, b));
  for (const name of names) putTruth(compare(name, a, b));
}

const program = xdp('arithmetic', () => {
  let next = 0;
  const given = inputs.lookup(0).orReturn(PASS);
  const put = (value: Any): void => void results.update(next++, value.as(u64));
  const putTruth = (condition: PacketCondition): void => void results.update(next++, select(u64, condition, 1, 0));
  const widths = [
    [given.a8, given.b8],
    [given.a16, given.b16],
    [given.a32, given.b32],
    [given.a64, given.b64],
  ] as const;
  for (const pair of widths) {
    every(pair as unknown as [Any, Any], OPERATIONS, (name, a, b) => a[name](b), put, putTruth);
  }
  // Narrowing, and comparing across widths.
  put(given.a64.as(u8) as unknown as Any);
  put(given.a64.as(u16) as unknown as Any);
  put(given.a64.as(u32) as unknown as Any);
  putTruth(given.a8.lt(given.b64));
  putTruth(given.a64.eq(given.b32));
  putTruth(given.a64.gt(0x1_0000_0000n));
  putTruth(given.a64.lt(0xffff_ffff));
  return PASS;
});

const signedProgram = xdp('signed', () => {
  let next = 0;
  const given = signedInputs.lookup(0).orReturn(PASS);
  const put = (value: AnyInt): void => void signedResults.update(next++, value.as(i64));
  const putTruth = (condition: PacketCondition): void => {
    const truth = variable(i64, 0);
    when(condition, () => truth.set(1));
    put(truth);
  };
  const widths = [
    [given.a8, given.b8],
    [given.a16, given.b16],
    [given.a32, given.b32],
    [given.a64, given.b64],
  ] as const;
  for (const pair of widths) {
    every(pair as unknown as [AnyInt, AnyInt], SIGNED_OPERATIONS, (name, a, b) => a[name](b), put, putTruth);
  }
  put(given.a64.as(i8) as unknown as AnyInt);
  put(given.a32.as(u32).as(i64));
  put(given.a8.as(u16).as(i64));
  return PASS;
});

type Known = Readonly<Record<string, readonly [unknown, (a: bigint, b: bigint) => bigint]>>;

function expected(pairs: readonly (readonly [Width | SignedWidth, bigint, bigint])[], operations: Known): bigint[] {
  return pairs.flatMap(([width, a, b]) => {
    const cut = width.startsWith('u') ? BigInt.asUintN : BigInt.asIntN;
    const answers = Object.values(operations).map(([, know]) => cut(BITS[width], know(a, b)));
    return [...answers, ...names.map((name) => BigInt(COMPARISONS[name](a, b)))];
  });
}

const FRAME = new Uint8Array(64);

test('unsigned arithmetic is that of BigInt', () => {
  using world = simulated();
  const loaded = world.load(bpfObject({ program, inputs, results }));
  const uint = (width: Width): fc.Arbitrary<bigint> =>
    fc.oneof(
      fc.bigInt({ min: 0n, max: (1n << BigInt(BITS[width])) - 1n }),
      fc.constantFrom(0n, 1n, (1n << BigInt(BITS[width])) - 1n),
    );
  const pair = (width: Width) => fc.tuple(fc.constant(width), uint(width), uint(width));
  fc.assert(
    fc.property(pair('u8'), pair('u16'), pair('u32'), pair('u64'), (...pairs) => {
      const [[, a8, b8], [, a16, b16], [, a32, b32], [, a64, b64]] = pairs;
      const small = { a8, b8, a16, b16, a32, b32 };
      const numbers = Object.fromEntries(Object.entries(small).map(([name, value]) => [name, Number(value)]));
      loaded.maps.inputs.set(0, { ...(numbers as Record<keyof typeof small, number>), a64, b64 });
      loaded.programs.program.testRun(FRAME);
      const answers = [
        ...expected(pairs, OPERATIONS),
        ...[8, 16, 32].map((bits) => BigInt.asUintN(bits, a64)),
        ...[a8 < b64, a64 === b32, a64 > 0x1_0000_0000n, a64 < 0xffff_ffffn].map(BigInt),
      ];
      expect(answers.map((_, i) => loaded.maps.results.get(i))).toEqual(answers);
    }),
    { numRuns: 60 },
  );
});

test('signed arithmetic is that of BigInt', () => {
  using world = simulated();
  const loaded = world.load(bpfObject({ program: signedProgram, signedInputs, signedResults }));
  const int = (width: SignedWidth): fc.Arbitrary<bigint> => {
    const half = 1n << BigInt(BITS[width] - 1);
    return fc.oneof(fc.bigInt({ min: -half, max: half - 1n }), fc.constantFrom(0n, -1n, -half, half - 1n));
  };
  const pair = (width: SignedWidth) => fc.tuple(fc.constant(width), int(width), int(width));
  fc.assert(
    fc.property(pair('i8'), pair('i16'), pair('i32'), pair('i64'), (...pairs) => {
      const [[, a8, b8], [, a16, b16], [, a32, b32], [, a64, b64]] = pairs;
      const small = { a8, b8, a16, b16, a32, b32 };
      const numbers = Object.fromEntries(Object.entries(small).map(([name, value]) => [name, Number(value)]));
      loaded.maps.signedInputs.set(0, { ...(numbers as Record<keyof typeof small, number>), a64, b64 });
      loaded.programs.program.testRun(FRAME);
      const answers = [
        ...expected(pairs, SIGNED_OPERATIONS),
        BigInt.asIntN(8, a64),
        BigInt.asUintN(32, a32),
        BigInt.asUintN(16, a8),
      ];
      expect(answers.map((_, i) => loaded.maps.signedResults.get(i))).toEqual(answers);
    }),
    { numRuns: 60 },
  );
});
