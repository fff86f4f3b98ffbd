import { checkInteger } from './arguments.ts';

const MASK_64 = 2n ** 64n - 1n;
const encoder = new TextEncoder();

/**
 * SplitMix64 (https://prng.di.unimi.it/splitmix64.c): the endless sequence of 64-bit numbers that a seed begins.
 * It only makes seeds, where its BigInts do not matter.
 */
export function* splitMix64(seed: bigint): Generator<bigint, never> {
  let state = seed & MASK_64;
  for (;;) {
    state = (state + 0x9e3779b97f4a7c15n) & MASK_64;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK_64;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK_64;
    yield z ^ (z >> 31n);
  }
}

/** The 64-bit FNV-1a hash (http://www.isthe.com/chongo/tech/comp/fnv/) of a name's UTF-8 bytes. */
export function fnv1a64(name: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of encoder.encode(name)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & MASK_64;
  return hash;
}

/**
 * Random numbers that are the same in every run with the same seed.
 *
 * The generator is xoshiro128** (https://prng.di.unimi.it/xoshiro128starstar.c), seeded through SplitMix64 as its
 * authors advise. Each component of the machine draws from its own fork, so that one more draw in one of them leaves
 * the others as they were.
 */
export class Random {
  readonly #seed: bigint;
  readonly #state: Int32Array;

  /** @param seed any integer; its low 64 bits count */
  constructor(seed: number | bigint) {
    if (typeof seed === 'number') checkInteger(seed, 'a seed', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    this.#seed = BigInt(seed) & MASK_64;
    const words = splitMix64(this.#seed);
    const halves = BigUint64Array.of(words.next().value, words.next().value);
    this.#state = new Int32Array(halves.buffer);
  }

  /** A generator in the given state, four 32-bit words that are not all zero, as the reference code has it. */
  static fromState(s0: number, s1: number, s2: number, s3: number): Random {
    const random = new Random(0);
    random.#state.set([s0, s1, s2, s3]);
    return random;
  }

  /** The next 32 bits as an unsigned integer. */
  u32(): number {
    const state = this.#state;
    const s0 = state[0] as number;
    const s1 = state[1] as number;
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const s2 = (state[2] as number) ^ s0;
    const s3 = (state[3] as number) ^ s1;
    state[0] = s0 ^ s3;
    state[1] = s1 ^ s2;
    state[2] = s2 ^ (s1 << 9);
    state[3] = (s3 << 11) | (s3 >>> 21);
    return result;
  }

  /**
   * An integer from 0 to `limit` - 1, each as likely as any other.
   *
   * @param limit 1..2^32
   * @throws MachineArgumentError for any other limit
   */
  below(limit: number): number {
    checkInteger(limit, 'the limit of a random number', 1, 2 ** 32);
    // Numbers of the last, incomplete run of `limit` would favour the small results: draw again.
    const end = 2 ** 32 - (2 ** 32 % limit);
    let value = this.u32();
    while (value >= end) value = this.u32();
    return value % limit;
  }

  /** A number from 0 (inclusive) to 1 (exclusive) with 53 random bits. */
  unit(): number {
    const high = this.u32() >>> 5;
    const low = this.u32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /**
   * The generator of a named component. It depends on this one's seed and the name alone, not on what has been drawn
   * or forked before.
   */
  fork(name: string): Random {
    return new Random(splitMix64(this.#seed ^ fnv1a64(name)).next().value);
  }
}
