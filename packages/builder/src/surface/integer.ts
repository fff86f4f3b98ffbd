import type { Scalar, SignedWidth, Width } from '@hookline/layout';
import { constant, type Source, type Value } from '../ir/operation.ts';
import { condition, NO_PRIMITIVE, type Question } from './condition.ts';
import { type BuildContext, enter, here, type Made } from './context.ts';
import { missingMember } from './missing-member.ts';
import type { Int, Operand, PacketCondition, SignedOperand, Uint } from './types.ts';

/** A kind of integer: its values are kept zero- or sign-extended to 64 bits. */
export interface IntegerType {
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
}

export const INTEGER_TYPES: Readonly<Record<Width | SignedWidth, IntegerType>> = {
  u8: { bits: 8, signed: false },
  u16: { bits: 16, signed: false },
  u32: { bits: 32, signed: false },
  u64: { bits: 64, signed: false },
  i8: { bits: 8, signed: true },
  i16: { bits: 16, signed: true },
  i32: { bits: 32, signed: true },
  i64: { bits: 64, signed: true },
};

/** The name of a type, by which layouts know it. */
export function widthOf({ bits, signed }: IntegerType): Width | SignedWidth {
  return `${signed ? 'i' : 'u'}${bits}`;
}

/** Any operand of either sign, as the author may write it. */
export type AnyOperand = Operand<Width> | SignedOperand<SignedWidth>;

const READ: unique symbol = Symbol.for('hookline.read') as never;

interface Readable {
  readonly type: IntegerType;
  [READ](context: BuildContext): Value;
}

function isReadable(operand: unknown): operand is Readable {
  return typeof operand === 'object' && operand !== null && READ in operand;
}

/** A packet value without a sign; numbers of JavaScript are neither. */
export function isUnsigned(operand: unknown): boolean {
  return isReadable(operand) && !operand.type.signed;
}

function checkNumber(context: BuildContext, operand: number | bigint, type: IntegerType): bigint {
  if (typeof operand === 'number' && !Number.isSafeInteger(operand)) {
    context.fail(
      'BUILD_VALUE',
      `${operand} is no whole number up to 2^53: write large ones as a bigint, like 1n << 60n.`,
    );
  }
  const number = BigInt(operand);
  const low = type.signed ? -(1n << BigInt(type.bits - 1)) : 0n;
  const high = (1n << BigInt(type.signed ? type.bits - 1 : type.bits)) - 1n;
  if (number < low || number > high) {
    context.fail('BUILD_VALUE', `${number} does not fit ${widthOf(type)}: give ${low} to ${high}.`);
  }
  return number;
}

/** What stands in the place of a number, and what to write instead. */
function notNumber(operand: unknown): string {
  if (typeof operand === 'string') {
    return `the string '${operand}': ${/^\d+$/.test(operand) ? `write ${operand}` : 'compare text with a field of text'}`;
  }
  if (typeof operand !== 'object' || operand === null) return `${String(operand)}: write a number like 1`;
  const { kind } = operand as { readonly kind?: unknown };
  if (kind === 'verdict') return 'a verdict: decide with `return when(condition, () => DROP).otherwise(() => PASS)`';
  if ('orReturn' in operand) return 'something that may be missing: look first with .orReturn(verdict) or .or(number)';
  return 'an object: give the number alone, or read one of its fields';
}

/** What an operand is at this point: a number, or the value that a handle holds or reads. */
export function read(context: BuildContext, operand: AnyOperand, type: IntegerType): Source {
  if (typeof operand === 'number' || typeof operand === 'bigint') return constant(checkNumber(context, operand, type));
  if (!isReadable(operand))
    context.fail('BUILD_VALUE', `A number or a packet value belongs here, not ${notNumber(operand)}.`);
  if (operand.type.signed !== type.signed || operand.type.bits > type.bits) {
    const remedy = `narrow it with .as(${widthOf(type)})`;
    context.fail('BUILD_VALUE', `${widthOf(operand.type)} does not fit ${widthOf(type)}: ${remedy}.`);
  }
  return operand[READ](context);
}

/** The same in a register of its own. */
export function readValue(context: BuildContext, operand: AnyOperand, type: IntegerType): Value {
  const source = read(context, operand, type);
  return source.kind === 'register' ? source : context.copy(source);
}

/** Cuts a 64-bit result to a type, by its sign. */
export function narrow(context: BuildContext, value: Value, type: IntegerType, from: 32 | 64 = 64): Value {
  const { bits, signed } = type;
  if (bits === 64) return value;
  if (signed) return context.compute('arsh', 64, context.compute('lsh', 64, value, 64 - bits), 64 - bits);
  // An operation in 32 bits has cleared the upper half.
  if (bits === 32) return from === 32 ? value : context.compute('and', 32, value, 0xffff_ffff);
  return context.compute('and', 32, value, 2 ** bits - 1);
}

type Comparison = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';
const SIGNED_TEST = { eq: 'eq', ne: 'ne', lt: 'slt', le: 'sle', gt: 'sgt', ge: 'sge' } as const;

/** With a number that the type cannot hold these come out the same for every packet: a slip, not a question. */
const CONSTANT_TESTS: ReadonlySet<Comparison> = new Set(['eq', 'ne']);

/** All operations on integers; where the number comes from is up to those who extend it. */
export abstract class IntegerHandle implements Readable {
  readonly type: IntegerType;

  constructor(type: IntegerType) {
    this.type = type;
  }

  abstract [READ](context: BuildContext): Value;

  #widest(): IntegerType {
    return { bits: 64, signed: this.type.signed };
  }

  #compare(comparison: Comparison, other: AnyOperand): PacketCondition {
    const context = enter();
    const left = this[READ](context);
    return condition(context, this.#test(context, comparison, left, other));
  }

  #test(context: BuildContext, comparison: Comparison, left: Value, other: AnyOperand): Question {
    if ((typeof other === 'number' || typeof other === 'bigint') && (CONSTANT_TESTS.has(comparison) || other < 0)) {
      checkNumber(context, other, this.type);
    }
    const right = read(context, other, this.#widest());
    return { kind: 'test', test: { operator: this.type.signed ? SIGNED_TEST[comparison] : comparison, left, right } };
  }

  eq(other: AnyOperand): PacketCondition {
    return this.#compare('eq', other);
  }
  ne(other: AnyOperand): PacketCondition {
    return this.#compare('ne', other);
  }
  lt(other: AnyOperand): PacketCondition {
    return this.#compare('lt', other);
  }
  le(other: AnyOperand): PacketCondition {
    return this.#compare('le', other);
  }
  gt(other: AnyOperand): PacketCondition {
    return this.#compare('gt', other);
  }
  ge(other: AnyOperand): PacketCondition {
    return this.#compare('ge', other);
  }

  between(low: AnyOperand, high: AnyOperand): PacketCondition {
    const context = enter();
    const left = this[READ](context);
    const parts = [this.#test(context, 'ge', left, low), this.#test(context, 'le', left, high)];
    return condition(context, { kind: 'all', parts });
  }

  oneOf(...values: readonly AnyOperand[]): PacketCondition {
    const context = enter();
    const left = this[READ](context);
    return condition(context, { kind: 'any', parts: values.map((value) => this.#test(context, 'eq', left, value)) });
  }

  hasAny(bits: AnyOperand): PacketCondition {
    const context = enter();
    const left = this[READ](context);
    const right = read(context, bits, this.#widest());
    return condition(context, { kind: 'test', test: { operator: 'set', left, right } });
  }

  hasAll(bits: AnyOperand): PacketCondition {
    const context = enter();
    const left = this[READ](context);
    const right = read(context, bits, this.#widest());
    const common = context.compute('and', 64, left, right);
    return condition(context, { kind: 'test', test: { operator: 'eq', left: common, right } });
  }

  #compute(operator: Parameters<BuildContext['compute']>[0], other: AnyOperand): IntegerHandle {
    const context = enter();
    const { type } = this;
    const left = this[READ](context);
    const right = read(context, other, type);
    if ((operator === 'div' || operator === 'mod') && right.kind === 'constant' && right.value === 0n) {
      context.fail('BUILD_VALUE', 'Division by 0: give another divisor.');
    }
    const width = type.bits === 64 ? 64 : 32;
    const result = context.compute(operator, width, left, right);
    return new ComputedInteger(context, narrow(context, result, type, width), type);
  }

  plus(other: AnyOperand): IntegerHandle {
    return this.#compute('add', other);
  }
  minus(other: AnyOperand): IntegerHandle {
    return this.#compute('sub', other);
  }
  times(other: AnyOperand): IntegerHandle {
    return this.#compute('mul', other);
  }
  dividedBy(other: AnyOperand): IntegerHandle {
    return this.#compute('div', other);
  }
  modulo(other: AnyOperand): IntegerHandle {
    return this.#compute('mod', other);
  }
  bitAnd(other: AnyOperand): IntegerHandle {
    return this.#compute('and', other);
  }
  bitOr(other: AnyOperand): IntegerHandle {
    return this.#compute('or', other);
  }
  bitXor(other: AnyOperand): IntegerHandle {
    return this.#compute('xor', other);
  }

  #shift(operator: 'lsh' | 'rsh' | 'arsh', by: AnyOperand): IntegerHandle {
    const context = enter();
    const { type } = this;
    const left = this[READ](context);
    const right = read(context, by, INTEGER_TYPES.u64);
    if (right.kind === 'constant' && right.value >= BigInt(type.bits)) {
      context.fail(
        'BUILD_VALUE',
        `A ${widthOf(type)} shifted by ${right.value} has no bits left: shift by 0 to ${type.bits - 1}.`,
      );
    }
    // A sign-extended value is shifted as a whole: in 32 bits its sign would be lost.
    const width = type.bits === 64 || operator === 'arsh' ? 64 : 32;
    // Shifts by a register take its low 5 or 6 bits; a signed one in 64 bits must not take the sixth.
    const amount =
      operator === 'arsh' && type.bits < 64 && right.kind === 'register'
        ? context.compute('and', 32, right, 31)
        : right;
    const result = context.compute(operator, width, left, amount);
    return new ComputedInteger(context, narrow(context, result, type, width), type);
  }

  shiftLeft(by: AnyOperand): IntegerHandle {
    return this.#shift('lsh', by);
  }
  shiftRight(by: AnyOperand): IntegerHandle {
    return this.#shift(this.type.signed ? 'arsh' : 'rsh', by);
  }

  copy(): IntegerHandle {
    const context = enter();
    return new ComputedInteger(context, this[READ](context), this.type);
  }

  as(target: Scalar): IntegerHandle {
    const context = enter();
    const value = this[READ](context);
    const type = INTEGER_TYPES[target.width];
    const keeps =
      type.signed === this.type.signed ? type.bits >= this.type.bits : !this.type.signed && type.bits > this.type.bits;
    return new ComputedInteger(context, keeps ? value : narrow(context, value, type), type);
  }

  [Symbol.toPrimitive](): never {
    return here().fail('BUILD_VALUE', NO_PRIMITIVE);
  }
}

// A number has no fields: the author may have taken a value for a struct, or C's name for an operation.
Object.setPrototypeOf(
  IntegerHandle.prototype,
  missingMember((handle) => `A ${widthOf((handle as IntegerHandle).type)} is a number and`),
);

const UNUSED = 'use it in a condition, store it, or remove it; `===` and `!` cannot see packet values: write a.eq(b).';

/** A number that was computed: it stays what it was when it was made. */
class ComputedInteger extends IntegerHandle {
  /** Whether a callback may return it: it came about beside an effect. */
  mayBeIgnored = false;
  readonly #context: BuildContext;
  readonly #value: Value;
  readonly #made: Made;

  constructor(context: BuildContext, value: Value, type: IntegerType) {
    super(type);
    this.#context = context;
    this.#value = value;
    this.#made = context.make('this value', UNUSED);
  }

  [READ](context: BuildContext): Value {
    context.use(this.#made, this.#context);
    return this.#value;
  }

  /** It may be left unused: it came about beside an effect, or was given. */
  optional(): this {
    this.#made.used = true;
    this.mayBeIgnored = true;
    return this;
  }
}

/** A number that is fetched anew wherever it is used. */
class FetchedInteger extends IntegerHandle {
  readonly #fetch: (context: BuildContext) => Value;

  constructor(type: IntegerType, fetch: (context: BuildContext) => Value) {
    super(type);
    this.#fetch = fetch;
  }

  [READ](context: BuildContext): Value {
    return this.#fetch(context);
  }
}

export { READ };

/** A value that somebody must use. */
export function computed<W extends Width>(context: BuildContext, value: Value, width: W): Uint<W> {
  return new ComputedInteger(context, value, INTEGER_TYPES[width]) as unknown as Uint<W>;
}

/** The same for a value that may be left unused. */
export function given<W extends Width | SignedWidth>(
  context: BuildContext,
  value: Value,
  width: W,
): W extends Width ? Uint<W> : W extends SignedWidth ? Int<W> : never {
  return new ComputedInteger(context, value, INTEGER_TYPES[width]).optional() as never;
}

export function fetched<W extends Width>(width: W, fetch: (context: BuildContext) => Value): Uint<W> {
  return new FetchedInteger(INTEGER_TYPES[width], fetch) as unknown as Uint<W>;
}
