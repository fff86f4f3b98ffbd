import { type AluOperation, asm, type Condition } from '@hookline/bpf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { machine } from './machine.ts';

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/** RFC 9669 section 4.1, in BigInts. */
const REFERENCE: Readonly<Record<AluOperation, (d: bigint, s: bigint, bits: 32 | 64) => bigint>> = {
  add: (d, s) => d + s,
  sub: (d, s) => d - s,
  mul: (d, s) => d * s,
  div: (d, s) => (s === 0n ? 0n : d / s),
  mod: (d, s) => (s === 0n ? d : d % s),
  sdiv: (d, s, bits) => (s === 0n ? 0n : BigInt.asIntN(bits, d) / BigInt.asIntN(bits, s)),
  smod: (d, s, bits) => (s === 0n ? d : BigInt.asIntN(bits, d) % BigInt.asIntN(bits, s)),
  or: (d, s) => d | s,
  and: (d, s) => d & s,
  xor: (d, s) => d ^ s,
  mov: (_, s) => s,
  lsh: (d, s, bits) => d << (s % BigInt(bits)),
  rsh: (d, s, bits) => d >> (s % BigInt(bits)),
  arsh: (d, s, bits) => BigInt.asIntN(bits, d) >> (s % BigInt(bits)),
};

const signed = (value: bigint, bits: 32 | 64): bigint => BigInt.asIntN(bits, value);
const CONDITIONS: Readonly<Record<Condition, (d: bigint, s: bigint, bits: 32 | 64) => boolean>> = {
  eq: (d, s) => d === s,
  ne: (d, s) => d !== s,
  set: (d, s) => (d & s) !== 0n,
  gt: (d, s) => d > s,
  ge: (d, s) => d >= s,
  lt: (d, s) => d < s,
  le: (d, s) => d <= s,
  sgt: (d, s, bits) => signed(d, bits) > signed(s, bits),
  sge: (d, s, bits) => signed(d, bits) >= signed(s, bits),
  slt: (d, s, bits) => signed(d, bits) < signed(s, bits),
  sle: (d, s, bits) => signed(d, bits) <= signed(s, bits),
};

const EDGES = [
  0n,
  1n,
  2n,
  31n,
  32n,
  63n,
  64n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];
const operand = fc.oneof(fc.constantFrom(...EDGES), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
const width = fc.constantFrom<32 | 64>(32, 64);
const low = (value: bigint): number => Number(BigInt.asIntN(32, value));
const load = (register: number, value: bigint) => asm.loadImmediate64(register, low(value), low(value >> 32n));

const vm = machine();

test('arithmetic is that of RFC 9669', () => {
  const operation = fc.constantFrom(...(Object.keys(REFERENCE) as AluOperation[]));
  fc.assert(
    fc.property(operation, width, operand, operand, (name, bits, d, s) => {
      const step = (bits === 64 ? asm.alu64 : asm.alu32)(name, 0, { register: 1 });
      const expected = REFERENCE[name](BigInt.asUintN(bits, d), BigInt.asUintN(bits, s), bits);
      expect(vm.execute([load(0, d), load(1, s), step, asm.exit()])).toBe(BigInt.asUintN(bits, expected));
    }),
    { numRuns: 2000 },
  );
});

test('an operation on a register and itself, too', () => {
  const operation = fc.constantFrom(...(Object.keys(REFERENCE) as AluOperation[]));
  fc.assert(
    fc.property(operation, operand, (name, d) => {
      const program = [load(0, d), asm.alu64(name, 0, { register: 0 }), asm.exit()];
      expect(vm.execute(program)).toBe(u64(REFERENCE[name](d, d, 64)));
    }),
    { numRuns: 500 },
  );
});

test('the divisor of a signed division keeps its value', () => {
  const program = [
    load(0, 100n),
    load(1, u64(-7n)),
    asm.alu64('sdiv', 0, { register: 1 }),
    asm.mov(0, { register: 1 }),
  ];
  expect(vm.execute([...program, asm.exit()])).toBe(u64(-7n));
});

test('immediates are sign-extended to 64 bits', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<AluOperation>('add', 'or', 'xor', 'mov', 'mul'),
      fc.integer(),
      operand,
      (name, k, d) => {
        const program = [load(0, d), asm.alu64(name, 0, { immediate: k }), asm.exit()];
        expect(vm.execute(program)).toBe(u64(REFERENCE[name](d, u64(BigInt(k)), 64)));
      },
    ),
  );
});

test('comparisons are those of RFC 9669', () => {
  const condition = fc.constantFrom(...(Object.keys(CONDITIONS) as Condition[]));
  fc.assert(
    fc.property(condition, width, operand, operand, (name, bits, d, s) => {
      const jump = (bits === 64 ? asm.jumpIf : asm.jumpIf32)(name, 1, { register: 2 }, 1);
      const program = [asm.mov(0, { immediate: 1 }), load(1, d), load(2, s), jump];
      const result = vm.execute([...program, asm.mov(0, { immediate: 0 }), asm.exit()]);
      expect(result === 1n).toBe(CONDITIONS[name](BigInt.asUintN(bits, d), BigInt.asUintN(bits, s), bits));
    }),
    { numRuns: 1000 },
  );
});
