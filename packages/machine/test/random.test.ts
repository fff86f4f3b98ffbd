import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MachineArgumentError, Random } from '../src/index.ts';
import { fnv1a64, splitMix64 } from '../src/random.ts';

const draw = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.u32());

describe('published vectors', () => {
  test("xoshiro128**: the reference implementation's numbers from the state 1, 2, 3, 4", () => {
    // xoshiro128starstar.c 1.1, as the tests of the Rust crate rand_xoshiro record it.
    expect(draw(Random.fromState(1, 2, 3, 4), 10)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  test('SplitMix64 from the seeds 1234567 (Rosetta Code) and 0', () => {
    const numbers = splitMix64(1234567n);
    expect(Array.from({ length: 5 }, () => numbers.next().value)).toEqual([
      6457827717110365317n,
      3203168211198807973n,
      9817491932198370423n,
      4593380528125082431n,
      16408922859458223821n,
    ]);
    expect(splitMix64(0n).next().value).toBe(0xe220a8397b1dcdafn);
  });

  test.each([
    ['', 0xcbf29ce484222325n],
    ['a', 0xaf63dc4c8601ec8cn],
    ['foobar', 0x85944171f73967e8n],
  ])('FNV-1a of %j', (name, hash) => {
    expect(fnv1a64(name)).toBe(hash);
  });
});

describe('seeds', () => {
  test("SplitMix64's first two numbers are the state, low halves first", () => {
    // 0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4: SplitMix64 from 0.
    const expected = Random.fromState(0x7b1dcdaf, 0xe220a839, 0xa1b965f4, 0x6e789e6a);
    expect(draw(new Random(0), 20)).toEqual(draw(expected, 20));
  });

  test('the same seed gives the same numbers; -1 is the largest 64-bit seed', () => {
    expect(draw(new Random(-1), 20)).toEqual(draw(new Random(2n ** 64n - 1n), 20));
    expect(draw(new Random(1), 20)).not.toEqual(draw(new Random(2), 20));
  });

  test.each([0.5, Number.NaN, Infinity, 2 ** 60])('refuses the seed %s', (seed) => {
    expect(() => new Random(seed)).toThrow(MachineArgumentError);
  });
});

describe('forks', () => {
  test('depend on the seed and the name, not on what happened before', () => {
    const fresh = draw(new Random(7).fork('rss'), 20);
    const used = new Random(7);
    used.u32();
    used.fork('loss');
    expect(draw(used.fork('rss'), 20)).toEqual(fresh);
    expect(draw(used.fork('loss'), 20)).not.toEqual(fresh);
    expect(draw(new Random(8).fork('rss'), 20)).not.toEqual(fresh);
  });

  test('drawing from a fork leaves its parent alone', () => {
    const parent = new Random(7);
    parent.fork('rss').u32();
    expect(draw(parent, 5)).toEqual(draw(new Random(7), 5));
  });
});

describe('ranges', () => {
  test('below stays below, for every limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 }), fc.integer(), (limit, seed) => {
        const value = new Random(seed).below(limit);
        expect(Number.isInteger(value) && value >= 0 && value < limit).toBe(true);
      }),
    );
    expect(new Random(1).below(1)).toBe(0);
  });

  test('below draws again rather than favour small results', () => {
    // The reference implementation draws 4294962679, 4294962679, 4292019319, 2943360 from this state. With a limit of
    // 3 x 2^30 the first three lie in the incomplete run.
    expect(Random.fromState(-1, -1, -1, -1).below(3 * 2 ** 30)).toBe(2943360);
  });

  test('below is even: the chi-square of 60 000 throws of a die is not suspicious', () => {
    const random = new Random(1);
    const counts = new Float64Array(6);
    for (let throws = 0; throws < 60_000; throws++) {
      const face = random.below(6);
      counts[face] = (counts[face] as number) + 1;
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    // Five degrees of freedom: 20.5 is exceeded once in a thousand seeds.
    expect(chiSquare).toBeLessThan(20.5);
  });

  test.each([0, -1, 1.5, 2 ** 32 + 1, Number.NaN])('refuses the limit %s', (limit) => {
    expect(() => new Random(1).below(limit)).toThrow(MachineArgumentError);
  });

  test('unit lies in [0, 1) and uses 53 bits', () => {
    const random = new Random(3);
    const values = Array.from({ length: 1000 }, () => random.unit());
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(values.every((value) => Number.isInteger(value * 2 ** 53))).toBe(true);
    expect(values.some((value) => !Number.isInteger(value * 2 ** 52))).toBe(true);
    const mean = values.reduce((sum, value) => sum + value, 0) / 1000;
    expect(mean).toBeGreaterThan(0.46);
    expect(mean).toBeLessThan(0.54);
  });
});
