import { Random } from '@hookline/machine';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPrime, maglevTable } from '../src/load-balancer/maglev.ts';
import { murmurHash } from '../src/load-balancer/murmur-hash.ts';
import { paperTable, paperTableOf, permutationsOf } from './load-balancer-paper.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const backend = (i: number, weight = 1) => ({ identity: Uint8Array.of(10, i >> 16, (i >> 8) & 255, i & 255), weight });
const pool = (size: number) => Array.from({ length: size }, (_, i) => backend(i));

/** Positions whose backend is another one once these are gone: of all, and of those that need not have changed. */
function moved(backends: ReturnType<typeof pool>, gone: ReadonlySet<number>, size: number) {
  const before = maglevTable(backends, size);
  const left = backends.flatMap((_, i) => (gone.has(i) ? [] : [i]));
  const after = maglevTable(
    left.map((i) => backend(i)),
    size,
  );
  let all = 0;
  let needless = 0;
  for (const [position, index] of after.entries()) {
    const own = before[position] ?? 0;
    if (left[index] === own) continue;
    all++;
    if (!gone.has(own)) needless++;
  }
  return { all: all / size, needless: needless / size };
}

test.each([
  ['', 0, 0],
  ['', 1, 0x514e28b7],
  ['', 0xffffffff, 0x81f16f39],
  ['test', 0, 0xba6bd213],
  ['test', 0x9747b28c, 0x704b81dc],
  ['Hello, world!', 0, 0xc0363e43],
  ['Hello, world!', 0x9747b28c, 0x24884cba],
  ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
])('MurmurHash3 of %j with seed %i is the published one', (text, seed, hash) => {
  expect(murmurHash(bytesOf(text), seed)).toBe(hash);
});

test('the example of the paper: three backends, seven positions', () => {
  // Table 1 of the paper: permutations and the table they lead to, before and after B1 fails.
  const b0 = [3, 0, 4, 1, 5, 2, 6];
  const b1 = [0, 2, 4, 6, 1, 3, 5];
  const b2 = [3, 4, 5, 6, 0, 1, 2];
  expect(paperTable([b0, b1, b2], 7)).toEqual([1, 0, 1, 0, 2, 2, 0]);
  expect(paperTable([b0, b2], 7)).toEqual([0, 0, 0, 0, 1, 1, 1]);
});

test('the table is that of the paper, whatever the pool and the prime', () => {
  const identities = fc.uniqueArray(fc.nat({ max: 0xff_ffff }), { minLength: 1, maxLength: 12 });
  const primes = fc.constantFrom(13, 17, 101, 251, 1009, 4099);
  fc.assert(
    fc.property(identities, primes, (numbers, size) => {
      const backends = numbers.map((number) => backend(number));
      expect([...maglevTable(backends, size)]).toEqual(paperTableOf(backends, size));
    }),
    { numRuns: 60 },
  );
});

test('the large table is that of the paper', () => {
  const backends = pool(20);
  expect([...maglevTable(backends, 65_537)]).toEqual(paperTableOf(backends, 65_537));
});

test('every permutation visits every position once', () => {
  for (const permutation of permutationsOf(pool(5), 251)) expect(new Set(permutation).size).toBe(251);
});

test('an empty pool has an empty table', () => {
  expect(new Set(maglevTable([], 13))).toEqual(new Set([0]));
});

describe('shares', () => {
  const shares = (backends: ReturnType<typeof pool>, size: number) => {
    const counts = new Array<number>(backends.length).fill(0);
    for (const index of maglevTable(backends, size)) counts[index] = (counts[index] ?? 0) + 1;
    return counts;
  };

  test('differ by one position at most where weights are equal', () => {
    for (const [backends, size] of [
      [pool(7), 4099],
      [pool(40), 4099],
      [pool(600), 65_537],
    ] as const) {
      const counts = shares(backends, size);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
  });

  test('follow the weights within a percent', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 2, maxLength: 8 }), (weights) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const counts = shares(
          weights.map((weight, i) => backend(i, weight)),
          65_537,
        );
        for (const [i, count] of counts.entries()) {
          const wanted = ((weights[i] ?? 0) / total) * 65_537;
          expect(Math.abs(count - wanted) / wanted).toBeLessThan(0.01);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('do not depend on a factor of all weights', () => {
    const once = [backend(1, 1), backend(2, 3)];
    const tenfold = [backend(1, 10), backend(2, 30)];
    const [few, many] = [shares(once, 4099), shares(tenfold, 4099)];
    for (const [i, count] of few.entries()) expect(Math.abs(count - (many[i] ?? 0))).toBeLessThanOrEqual(10);
  });
});

describe('disruption', () => {
  // The setup of the paper's evaluation: 1000 backends, some of which fail at once, and its two table sizes.
  test('a larger table moves fewer flows that need not move', () => {
    const random = new Random(7);
    const failed = (count: number) => {
      const gone = new Set<number>();
      while (gone.size < count) gone.add(random.u32() % 1000);
      return gone;
    };
    for (const [count, small, large] of [
      [5, 0.03, 0.013],
      [20, 0.06, 0.033],
    ] as const) {
      const gone = failed(count);
      const normal = moved(pool(1000), gone, 65_537);
      const wide = moved(pool(1000), gone, 655_373);
      expect(normal.all).toBeLessThan(small);
      expect(wide.all).toBeLessThan(large);
      expect(wide.needless).toBeLessThan(normal.needless);
    }
  });

  test('of small pools in the small table, one backend that leaves moves few others', () => {
    for (const size of [5, 10, 40]) {
      for (let gone = 0; gone < size; gone++) {
        const { all, needless } = moved(pool(size), new Set([gone]), 4099);
        expect(all - needless).toBeCloseTo(1 / size, 2);
        expect(needless).toBeLessThan(0.03);
      }
    }
  });
});

test.each([
  [2, true],
  [4099, true],
  [65_537, true],
  [655_373, true],
  [1, false],
  [4097, false],
  [65_536, false],
])('%i: prime %s', (number, answer) => {
  expect(isPrime(number)).toBe(answer);
});
