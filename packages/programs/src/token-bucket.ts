import { type Operand, repeat, STOP, select, type Uint, type UintPlace, variable, when } from '@hookline/builder';
import { u32, u64 } from '@hookline/layout';

/*
 * Token buckets that all CPUs share. A bucket is one u64: the tick of its last refill in the upper half, its tokens in the
 * lower one, so that both change in one compare-and-exchange. What a tick adds is a whole number of tokens: nothing is
 * rounded, and a bucket gives out exactly its burst and its rate.
 */

/** Nanoseconds. The upper half of a bucket counts ticks and starts again after 49.7 days. */
const TICK = 1_000_000;
const TICKS_PER_SECOND = 1000;
const MOST_TOKENS = 0xffff_ffff;

/**
 * CPUs read their clocks before they see the bucket: it may be this many ticks ahead of one of them. A bucket that nobody
 * has touched for almost 49.7 days stands still for as long.
 */
const MOST_BEHIND = 1000;
/** Each try that fails is one that has succeeded on another CPU. */
const MOST_TRIES = 16;

/** A rate and a burst, in tokens. */
export interface BucketPlan {
  /** Tokens that one unit (a packet, a bit) costs. */
  readonly unit: number;
  /** Tokens that a tick adds. */
  readonly refill: number;
  /** Tokens that a full bucket holds. */
  readonly capacity: number;
}

/**
 * @param perSecond units a second, a whole number of at least 1
 * @param burst units that a full bucket holds
 * @throws Error with a sentence where burst and rate need more tokens than fit 32 bits
 */
export function bucketPlan(perSecond: number, burst: number): BucketPlan {
  const divisor = greatestCommonDivisor(perSecond, TICKS_PER_SECOND);
  const unit = TICKS_PER_SECOND / divisor;
  const most = Math.floor(MOST_TOKENS / unit);
  if (burst > most) {
    throw new Error(
      `A burst of ${burst} at ${perSecond} a second is too large: give at most ${most}, or a rate in whole thousands.`,
    );
  }
  return { unit, refill: perSecond / divisor, capacity: burst * unit };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** What came of asking a bucket for tokens. */
export const OUTCOME = {
  TAKEN: 0,
  /** There are too few; none were taken. */
  REFUSED: 1,
  /** Other CPUs were faster, sixteen times in a row; none were taken. */
  CONTENDED: 2,
} as const;

/** In a program: the tick of a time in nanoseconds. */
export function tickOf(now: Uint<'u64'>): Uint<'u32'> {
  return now.dividedBy(TICK).as(u32);
}

/** In a program: the value of a bucket with so many tokens. */
export function bucketWith(tick: Uint<'u32'>, tokens: Operand<'u64'>): Uint<'u64'> {
  return tick.as(u64).shiftLeft(32).bitOr(tokens);
}

type PlanOperands = { readonly [K in 'refill' | 'capacity']: Operand<'u64'> };

/**
 * In a program: takes tokens out of a bucket if it holds as many.
 *
 * @returns one of `OUTCOME`
 */
export function takeTokens(
  bucket: UintPlace<'u64', 'shared'>,
  tick: Uint<'u32'>,
  tokens: Operand<'u64'>,
  { refill, capacity }: PlanOperands,
): Uint<'u32'> {
  const outcome = variable(u32, OUTCOME.CONTENDED);
  repeat(MOST_TRIES, () => {
    const before = bucket.plus(0);
    const last = before.shiftRight(32).as(u32);
    const gap = tick.minus(last);
    const isBehind = gap.ge(2 ** 32 - MOST_BEHIND);
    const elapsed = select(u32, isBehind, 0, gap);
    const latest = select(u32, isBehind, last, tick);
    const refilled = before.bitAnd(MOST_TOKENS).plus(elapsed.as(u64).times(refill));
    const level = select(u64, refilled.gt(capacity), capacity, refilled);
    const suffices = level.ge(tokens);
    const left = select(u64, suffices, level.minus(tokens), level);
    const after = bucketWith(latest, left);
    // Under a flood most packets find an empty bucket in the tick of its last refill: they need not write.
    when(after.eq(before), () => {
      outcome.set(select(u32, suffices, OUTCOME.TAKEN, OUTCOME.REFUSED));
      return STOP;
    });
    when(bucket.compareExchange(before, after).eq(before), () => {
      outcome.set(select(u32, suffices, OUTCOME.TAKEN, OUTCOME.REFUSED));
      return STOP;
    });
  });
  return outcome.plus(0);
}
