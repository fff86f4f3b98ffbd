import type { LinearMemory } from '@hookline/machine';
import { equalMemory, hashMemory } from '../memory/memory-copy.ts';

/** What `find` answers where there is nothing, and the end of every chain. */
export const NO_SLOT = -1;

/**
 * Finds slots by the keys that lie in the linear memory: chains in typed arrays, which the operating system commits
 * when they are touched. Slots are stored plus one, so that fresh zeros mean empty.
 */
export class HashIndex {
  readonly #memory: LinearMemory;
  readonly #keys: number;
  readonly #keySize: number;
  readonly #keyStride: number;
  readonly #buckets: Int32Array<ArrayBuffer>;
  readonly #next: Int32Array<ArrayBuffer>;
  readonly #mask: number;

  /**
   * @param keys address of the key of slot 0
   * @param slots how many there are
   */
  constructor(memory: LinearMemory, keys: number, keySize: number, keyStride: number, slots: number) {
    this.#memory = memory;
    this.#keys = keys;
    this.#keySize = keySize;
    this.#keyStride = keyStride;
    const buckets = 2 ** Math.ceil(Math.log2(Math.max(slots, 2)));
    this.#buckets = new Int32Array(buckets);
    this.#next = new Int32Array(slots);
    this.#mask = buckets - 1;
  }

  /** Chains, full and empty. */
  get buckets(): number {
    return this.#buckets.length;
  }

  /** @param key address of a key @returns its slot or NO_SLOT */
  find(key: number): number {
    let slot = this.#first(this.#bucketOf(key));
    while (slot !== NO_SLOT && !equalMemory(this.#memory, this.keyOf(slot), key, this.#keySize))
      slot = this.after(slot);
    return slot;
  }

  /** Address of a slot's key. */
  keyOf(slot: number): number {
    return this.#keys + slot * this.#keyStride;
  }

  /** Enters a slot whose key is in place. */
  insert(slot: number): void {
    const bucket = this.#bucketOf(this.keyOf(slot));
    this.#next[slot] = this.#buckets[bucket] as number;
    this.#buckets[bucket] = slot + 1;
  }

  remove(slot: number): void {
    const bucket = this.#bucketOf(this.keyOf(slot));
    const wanted = slot + 1;
    if (this.#buckets[bucket] === wanted) {
      this.#buckets[bucket] = this.#next[slot] as number;
      return;
    }
    let before = this.#first(bucket);
    while (this.#next[before] !== wanted) before = this.after(before);
    this.#next[before] = this.#next[slot] as number;
  }

  /** The slot behind this one in its chain, or NO_SLOT. */
  after(slot: number): number {
    return (this.#next[slot] as number) - 1;
  }

  /** The slot behind this one in the whole index; of NO_SLOT, the first. */
  following(slot: number): number {
    let bucket = 0;
    if (slot !== NO_SLOT) {
      const next = this.after(slot);
      if (next !== NO_SLOT) return next;
      bucket = this.#bucketOf(this.keyOf(slot)) + 1;
    }
    for (; bucket <= this.#mask; bucket++) {
      const first = this.#first(bucket);
      if (first !== NO_SLOT) return first;
    }
    return NO_SLOT;
  }

  #bucketOf(key: number): number {
    return hashMemory(this.#memory, key, this.#keySize) & this.#mask;
  }

  #first(bucket: number): number {
    return (this.#buckets[bucket] as number) - 1;
  }
}
