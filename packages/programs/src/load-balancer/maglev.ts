import { murmurHash } from './murmur-hash.ts';

/** What a backend is to the table. */
export interface TableEntry {
  /** Bytes that are the backend's alone, the same on every load balancer: its address. */
  readonly identity: Uint8Array;
  /** A whole number from 1: turns in the same time, against those of the others. */
  readonly weight: number;
}

/** Seeds of the two hashes; every load balancer in front of the same backends needs the same. */
const OFFSET_SEED = 0x6d61676c;
const SKIP_SEED = 0x65762121;

/**
 * The lookup table of Maglev ("Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016, section 3.4,
 * pseudocode 1): for each position the index of its backend. The backends take turns, and each takes the first free
 * position of its own permutation. Where weights differ, a backend of weight w takes w turns in as many rounds as the
 * heaviest has weight, evenly spread; the paper leaves open how.
 *
 * The order of the entries counts: give them sorted, so that all load balancers come to the same table.
 *
 * @param size a prime, much larger than the number of backends: the paper advises 100 times for shares within 1 %
 */
export function maglevTable(entries: readonly TableEntry[], size: number): Uint16Array {
  const table = new Uint16Array(size);
  if (entries.length === 0) return table;
  const taken = new Uint8Array(size);
  const heaviest = entries.reduce((most, { weight }) => Math.max(most, weight), 1);
  const skips = Uint32Array.from(entries, ({ identity }) => (murmurHash(identity, SKIP_SEED) % (size - 1)) + 1);
  // Where each permutation goes on: the paper's `next`, already turned into a position.
  const positions = Uint32Array.from(entries, ({ identity }) => murmurHash(identity, OFFSET_SEED) % size);

  for (let filled = 0, round = 1; ; round++) {
    for (const [i, { weight }] of entries.entries()) {
      if (Math.floor((round * weight) / heaviest) === Math.floor(((round - 1) * weight) / heaviest)) continue;
      const skip = skips[i] ?? 1;
      let position = positions[i] ?? 0;
      while (taken[position] === 1) position = (position + skip) % size;
      taken[position] = 1;
      table[position] = i;
      positions[i] = (position + skip) % size;
      if (++filled === size) return table;
    }
  }
}

export function isPrime(number: number): boolean {
  if (!Number.isInteger(number) || number < 2) return false;
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return true;
}
