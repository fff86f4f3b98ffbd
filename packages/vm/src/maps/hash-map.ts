import { ERRNO, type MapSpec, UPDATE_FLAGS } from '@hookline/bpf';
import { NO_SLOT } from './hash-index.ts';
import { HashTable } from './hash-table.ts';
import type { MapWorld } from './map-world.ts';

/**
 * BPF_MAP_TYPE_HASH and BPF_MAP_TYPE_PERCPU_HASH (kernel/bpf/hashtab.c).
 *
 * Replacing a value of a plain hash takes another slot, of which there is one to spare for each CPU, and frees the old
 * one, as the kernel does: a pointer from an earlier lookup goes on showing the old value. A per-CPU hash is changed
 * in place.
 */
export class HashMap extends HashTable {
  readonly #entries: number;
  readonly #inPlace: boolean;
  /** Slots that were freed, the last one on top; those that were never used are above `#fresh`. */
  readonly #free: Int32Array<ArrayBuffer>;
  #freeCount = 0;
  #fresh = 0;
  #count = 0;
  /** The slot that each CPU has to spare; taken from the pool when it is first needed. */
  readonly #spare: Int32Array<ArrayBuffer>;

  constructor(spec: MapSpec, world: MapWorld) {
    const perCpu = spec.type === 'percpu_hash';
    const slots = spec.maxEntries + (perCpu ? 0 : world.cpus);
    super(spec, world, slots, perCpu);
    this.#entries = spec.maxEntries;
    this.#inPlace = perCpu;
    this.#free = new Int32Array(slots);
    this.#spare = new Int32Array(world.cpus).fill(NO_SLOT);
  }

  #take(): number {
    return this.#freeCount > 0 ? (this.#free[--this.#freeCount] as number) : this.#fresh++;
  }

  override updateElement(key: number, value: number, flags: number, cpu: number): number {
    if (flags > UPDATE_FLAGS.replace) return -ERRNO.EINVAL;
    const old = this.index.find(key);
    const problem = this.flagProblem(old !== NO_SLOT, flags);
    if (problem !== 0) return problem;
    if (old !== NO_SLOT && this.#inPlace) {
      this.setValue(old, value, cpu, false);
      return 0;
    }
    if (old === NO_SLOT && this.#count >= this.#entries) return -ERRNO.E2BIG;
    const slot = old === NO_SLOT ? this.#take() : this.#exchange(old, Math.max(cpu, 0));
    if (old === NO_SLOT) this.#count++;
    else this.index.remove(old);
    this.setKey(slot, key);
    this.setValue(slot, value, cpu, true);
    this.index.insert(slot);
    return 0;
  }

  /** Gives the CPU's spare slot for one that becomes its spare. */
  #exchange(old: number, cpu: number): number {
    const spare = this.#spare[cpu] as number;
    this.#spare[cpu] = old;
    return spare === NO_SLOT ? this.#take() : spare;
  }

  override deleteElement(key: number): number {
    const slot = this.index.find(key);
    if (slot === NO_SLOT) return -ERRNO.ENOENT;
    this.index.remove(slot);
    this.#free[this.#freeCount++] = slot;
    this.#count--;
    return 0;
  }
}
