import type { Sharing } from '@hookline/bpf';
import type {
  ArrayLayout,
  Bits,
  Bytes,
  Fields,
  Scalar,
  SignedWidth,
  Struct,
  Text,
  TextName,
  Width,
} from '@hookline/layout';

/*
 * What the author of a program sees. Four rules carry it:
 *
 * 1. A callback that returns a verdict ends the program there; one that returns nothing falls through.
 * 2. Pure operations (`plus`, `eq`, ...) give values; places (map values, header fields, variables) also have `set`
 *    and `add`. A place is read where it is used, a value is what it was when it was made.
 * 3. Presence is a value: a `Maybe` has no fields until the program has looked.
 * 4. Byte order belongs to storage: a be16 field reads as a u16 value.
 */

/** A condition on the packet: known for each packet, not while the program is being built. */
export interface PacketCondition {
  and(other: PacketCondition): PacketCondition;
  or(other: PacketCondition): PacketCondition;
  not(): PacketCondition;
  /**
   * Not a promise. This member only makes `if (condition)` a TypeScript error (TS2801).
   *
   * @deprecated Write `when(condition, () => ...)` or `select(type, condition, a, b)`.
   */
  then(never: (value: never) => never, use: 'when(condition, () => ...)'): never;
}

type Wider = { u8: Width; u16: 'u16' | 'u32' | 'u64'; u32: 'u32' | 'u64'; u64: 'u64' };
type WiderSigned = {
  i8: SignedWidth;
  i16: 'i16' | 'i32' | 'i64';
  i32: 'i32' | 'i64';
  i64: 'i64';
};

/** What an operation on W takes: a JavaScript number (a bigint for u64), or a packet value that fits. */
export type Operand<W extends Width> =
  | number
  | ('u64' extends W ? bigint : never)
  | (W extends W ? { readonly fits: { readonly [V in W]: true } } : never);
export type SignedOperand<W extends SignedWidth> =
  | number
  | ('i64' extends W ? bigint : never)
  | (W extends W ? { readonly fitsSigned: { readonly [V in W]: true } } : never);

/** An unsigned integer known at packet time. It fits wherever its width or a wider one is asked for. */
export interface Uint<W extends Width> {
  /** In types only: the widths this value may be stored in without losing bits. */
  readonly fits: { readonly [V in Wider[W]]: true };
  eq(other: Operand<Width>): PacketCondition;
  ne(other: Operand<Width>): PacketCondition;
  lt(other: Operand<Width>): PacketCondition;
  le(other: Operand<Width>): PacketCondition;
  gt(other: Operand<Width>): PacketCondition;
  ge(other: Operand<Width>): PacketCondition;
  /** Both ends belong to it. */
  between(low: Operand<Width>, high: Operand<Width>): PacketCondition;
  oneOf(...values: readonly Operand<Width>[]): PacketCondition;
  /** Whether any of these bits is 1. */
  hasAny(bits: Operand<Width>): PacketCondition;
  /** Whether all of these bits are 1. */
  hasAll(bits: Operand<Width>): PacketCondition;
  /** Modulo 2 to the width, as all arithmetic here. */
  plus(other: Operand<W>): Uint<W>;
  minus(other: Operand<W>): Uint<W>;
  times(other: Operand<W>): Uint<W>;
  /** By 0 it gives 0, as BPF does. */
  dividedBy(other: Operand<W>): Uint<W>;
  /** By 0 it gives the dividend, as BPF does. */
  modulo(other: Operand<W>): Uint<W>;
  bitAnd(other: Operand<W>): Uint<W>;
  bitOr(other: Operand<W>): Uint<W>;
  bitXor(other: Operand<W>): Uint<W>;
  /** By a packet value: modulo 64 for u64, modulo 32 otherwise. */
  shiftLeft(by: Operand<Width>): Uint<W>;
  shiftRight(by: Operand<Width>): Uint<W>;
  /** Widens, or cuts to the low bits. */
  as<V extends Width>(type: Scalar<V>): Uint<V>;
  as<V extends SignedWidth>(type: Scalar<V>): Int<V>;
}

/** A signed integer known at packet time. */
export interface Int<W extends SignedWidth> {
  /** In types only: the widths this value may be stored in without losing bits. */
  readonly fitsSigned: { readonly [V in WiderSigned[W]]: true };
  eq(other: SignedOperand<SignedWidth>): PacketCondition;
  ne(other: SignedOperand<SignedWidth>): PacketCondition;
  lt(other: SignedOperand<SignedWidth>): PacketCondition;
  le(other: SignedOperand<SignedWidth>): PacketCondition;
  gt(other: SignedOperand<SignedWidth>): PacketCondition;
  ge(other: SignedOperand<SignedWidth>): PacketCondition;
  between(low: SignedOperand<SignedWidth>, high: SignedOperand<SignedWidth>): PacketCondition;
  plus(other: SignedOperand<W>): Int<W>;
  minus(other: SignedOperand<W>): Int<W>;
  times(other: SignedOperand<W>): Int<W>;
  shiftLeft(by: Operand<Width>): Int<W>;
  /** Keeps the sign. */
  shiftRight(by: Operand<Width>): Int<W>;
  as<V extends Width>(type: Scalar<V>): Uint<V>;
  as<V extends SignedWidth>(type: Scalar<V>): Int<V>;
}

/** The prefix that goes with an address. */
type PrefixesOf<N extends TextName> = N extends 'ipv4Address' | 'ipv6Address' ? readonly string[] : never;

export interface TextValue<N extends TextName> {
  readonly textName: N;
  eq(other: string | TextValue<N>): PacketCondition;
  ne(other: string | TextValue<N>): PacketCondition;
  /** Whether the address lies in one of these: `ip.source.in('10.0.0.0/8', '192.0.2.1')`. */
  in(...prefixes: PrefixesOf<N>): PacketCondition;
}

export interface BytesValue {
  /** How many. */
  readonly byteLength: number;
  eq(other: Uint8Array | BytesValue): PacketCondition;
  ne(other: Uint8Array | BytesValue): PacketCondition;
  /** One of them. */
  at(index: number): Uint<'u8'>;
}

type NoAtomic = 'u8 and u16 have no atomic add: use u32 or u64 here, or a per-CPU map';
type Addend<W extends Width, S extends Sharing> = S extends 'own'
  ? Operand<W>
  : W extends 'u32' | 'u64'
    ? Operand<W>
    : NoAtomic;

/** A number in memory. */
export interface UintPlace<W extends Width, S extends Sharing> extends Uint<W> {
  /** What is here now, as a value that stays what it is when the place is written or the packet moves. */
  copy(): Uint<W>;
  set(value: Operand<W>): void;
  /** Adds in place; atomic where other CPUs write too. */
  add(by: Addend<W, S>): void;
  /** Takes the old value out and puts this one in, in one step where other CPUs write too. */
  exchange(value: Addend<W, S>): Uint<W>;
  /** Adds, and gives what was there before. */
  fetchAdd(by: Addend<W, S>): Uint<W>;
  /** Puts `value` in where `expected` was there; gives what was there before. */
  compareExchange(expected: Addend<W, S>, value: Addend<W, S>): Uint<W>;
}
export interface IntPlace<W extends SignedWidth> extends Int<W> {
  /** What is here now, as a value that stays what it is when the place is written or the packet moves. */
  copy(): Int<W>;
  set(value: SignedOperand<W>): void;
}
/** Some bits of a number in memory: `set` takes what fits them. */
export interface BitsPlace<W extends Width> extends Uint<W> {
  /** What is here now, as a value that stays what it is when the place is written or the packet moves. */
  copy(): Uint<W>;
  set(value: Operand<W>): void;
}
export interface TextPlace<N extends TextName> extends TextValue<N> {
  /** What is here now, as a value that stays what it is when the place is written or the packet moves. */
  copy(): TextValue<N>;
  set(value: string | TextValue<N>): void;
}
export interface BytesPlace extends BytesValue {
  /** What is here now, as a value that stays what it is when the place is written or the packet moves. */
  copy(): BytesValue;
  set(value: Uint8Array | BytesValue): void;
}
export interface ArrayPlace<L, S extends Sharing> {
  readonly length: number;
  /** Element `index`, which is known while the program is being built. */
  at(index: number): Place<L, S>;
  /** Element `index` of the packet's choice: missing where there is none. */
  at(index: Operand<'u32'>): Maybe<Place<L, S>>;
}

/** A layout found in memory: fields that can be read and written. `shared`: other CPUs may write it meanwhile. */
export type Place<L, S extends Sharing = 'own'> =
  L extends Scalar<infer W>
    ? W extends Width
      ? UintPlace<W, S>
      : W extends SignedWidth
        ? IntPlace<W>
        : never
    : L extends Bits<infer W>
      ? BitsPlace<W>
      : L extends Text<infer N>
        ? TextPlace<N>
        : L extends Bytes
          ? BytesPlace
          : L extends ArrayLayout<infer E>
            ? ArrayPlace<E, S>
            : L extends Struct<infer F>
              ? { readonly [K in keyof F]: Place<F[K], S> }
              : never;

/** What may be written into a layout, or looked up with it. */
export type Source<L> =
  L extends Scalar<infer W>
    ? W extends Width
      ? Operand<W>
      : W extends SignedWidth
        ? SignedOperand<W>
        : never
    : L extends Bits<infer W>
      ? Operand<W>
      : L extends Text<'ipv4Prefix'>
        ? string | TextValue<'ipv4Address'> | TextValue<'ipv4Prefix'>
        : L extends Text<'ipv6Prefix'>
          ? string | TextValue<'ipv6Address'> | TextValue<'ipv6Prefix'>
          : L extends Text<infer N>
            ? string | TextValue<N>
            : L extends Bytes
              ? Uint8Array | BytesValue
              : L extends ArrayLayout<infer E>
                ? readonly Source<E>[]
                : L extends Struct<infer F>
                  ? { readonly [K in keyof F]: Source<F[K]> }
                  : never;

export type Hook = 'xdp' | 'tc';

/** How a program ends. `PASS` and `DROP` belong to both hooks, so one body can serve XDP and TC. */
export interface Verdict<H extends Hook> {
  readonly hooks: { readonly [K in H]: true };
}
export type AnyVerdict = Verdict<'xdp'> | Verdict<'tc'>;

/** Leaves the innermost `repeat` when a callback returns it. */
export interface Stop {
  readonly stop: true;
}

/** What a map operation came to: 0, or a negative error number of the kernel. It may be left alone. */
export interface Result extends Int<'i64'> {
  /** In types only. */
  readonly mayBeIgnored: true;
}

/**
 * What a callback may return: a verdict or `STOP` leaves; nothing, a branch that is not over, or the result of a map
 * operation goes on behind it.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a callback that returns nothing falls through
export type Exit = AnyVerdict | Stop | Branch<unknown> | Result | void;

/** Something that may be missing: it has no fields until the program has looked. */
export interface Maybe<T> {
  readonly found: T extends unknown ? 'look first: orReturn(verdict) or when(maybe, found => ...)' : never;
  /** The thing; where it is missing the program ends with this verdict. */
  orReturn(verdict: AnyVerdict | (() => AnyVerdict)): T;
  /** Of a number: its value, or this one where it is missing. */
  or: T extends Uint<infer W> ? (fallback: Operand<W>) => Uint<W> : 'only a number has an alternative: use when(...)';
}

/** What a branch's callback gets. */
export type Found<S> = S extends Maybe<infer T> ? T : undefined;
/** What two sides come to: a verdict if both end the program. */
export type Both<A, B> = A extends AnyVerdict | Stop ? (B extends AnyVerdict | Stop ? A | B : undefined) : undefined;

export interface Branch<R> {
  /** What happens otherwise. If both sides return a verdict, so does the whole: `return when(...).otherwise(...)`. */
  otherwise<R2 extends Exit>(body: () => R2): Both<R, R2>;
  elseWhen<S extends PacketCondition | Maybe<unknown>, R2 extends Exit>(
    subject: S,
    body: (found: Found<S>) => R2,
  ): Branch<Both<R, R2>>;
}

/** Fields at a place in the packet, and a way to what follows them. */
export interface Header {
  /** What follows this header, seen as a layout of your own; missing where the packet ends before. */
  payload<F extends Fields>(layout: Struct<F>): Maybe<Place<Struct<F>> & Header>;
  /**
   * Bytes at a distance from the first byte of this header, 0 to 16383, seen as a layout of your own: what options and
   * lengths lead to. Missing where the frame ends before; the lengths in the headers are yours to compare.
   */
  at<F extends Fields>(offset: Operand<'u32'>, layout: Struct<F>): Maybe<Place<Struct<F>> & Header>;
}
