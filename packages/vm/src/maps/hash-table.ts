import type { MapSpec } from '@hookline/bpf';
import { ERRNO, UPDATE_FLAGS } from '@hookline/bpf';
import { copyMemory } from '../memory/memory-copy.ts';
import { HashIndex, NO_SLOT } from './hash-index.ts';
import type { MapWorld } from './map-world.ts';
import { VmMap } from './vm-map.ts';

/**
 * What every hash has: keys and values of numbered slots in the linear memory, and an index over them
 * (kernel/bpf/hashtab.c). The types differ in where free slots come from.
 */
export abstract class HashTable extends VmMap {
  protected readonly index: HashIndex;
  readonly #keyStride: number;
  readonly #values: number;
  /** Bytes of one slot's values. */
  readonly #slotStride: number;
  readonly #perCpu: boolean;

  constructor(spec: MapSpec, world: MapWorld, slots: number, perCpu: boolean) {
    const stride = Math.ceil(spec.value.size / 8) * 8;
    super(spec, world, perCpu ? stride * world.cpus : stride);
    this.#perCpu = perCpu;
    this.#keyStride = Math.ceil(this.keySize / 8) * 8;
    this.#slotStride = perCpu ? stride * world.cpus : stride;
    const keys = world.memory.reserve(this.#keyStride * slots, `the keys of map ${spec.name}`);
    this.#values = this.reserveValues(this.#slotStride * slots, this.stride, this.valueSize);
    this.index = new HashIndex(world.memory, keys, this.keySize, this.#keyStride, slots);
  }

  protected valueOf(slot: number, cpu: number): number {
    return this.#values + slot * this.#slotStride + (this.#perCpu ? cpu * this.stride : 0);
  }

  protected setKey(slot: number, key: number): void {
    copyMemory(this.world.memory, this.index.keyOf(slot), key, this.keySize);
  }

  /** Whether the flags allow the update (check_flags in kernel/bpf/hashtab.c). */
  protected flagProblem(exists: boolean, flags: number): number {
    if (exists && flags === UPDATE_FLAGS.create) return -ERRNO.EEXIST;
    if (!exists && flags === UPDATE_FLAGS.replace) return -ERRNO.ENOENT;
    return 0;
  }

  override lookupElement(key: number, cpu: number): number {
    const slot = this.index.find(key);
    return slot === NO_SLOT ? 0 : this.valueOf(slot, cpu);
  }

  override lookupPerCpu(key: number, cpu: number): number {
    return cpu < this.world.cpus ? this.lookupElement(key, cpu) : 0;
  }

  override get placesToVisit(): number {
    return this.index.buckets;
  }

  override visitElements(visit: (key: number, value: number) => number, cpu: number): number {
    let count = 0;
    let slot = this.index.following(NO_SLOT);
    while (slot !== NO_SLOT) {
      // The callback may delete this element.
      const next = this.index.following(slot);
      count++;
      if (visit(this.index.keyOf(slot), this.valueOf(slot, cpu)) !== 0) break;
      slot = next;
    }
    return count;
  }

  override nextKey(key: Uint8Array | undefined): Uint8Array | undefined {
    const slot = key === undefined ? NO_SLOT : this.index.find(this.keyToMemory(key));
    const next = this.index.following(slot);
    return next === NO_SLOT ? undefined : this.bytesAt(this.index.keyOf(next), this.keySize);
  }

  override lookup(key: Uint8Array): Uint8Array | undefined {
    if (!this.#perCpu) return super.lookup(key);
    const slot = this.index.find(this.keyToMemory(key));
    return slot === NO_SLOT ? undefined : this.bytesAt(this.valueOf(slot, 0), this.#slotStride);
  }

  protected override valueToMemory(value: Uint8Array): number {
    return super.valueToMemory(value, this.#perCpu ? this.#slotStride : this.valueSize);
  }

  protected override updateEveryCpu(key: Uint8Array, value: Uint8Array): void {
    this.update(key, this.#perCpu ? this.forEveryCpu(value) : value, UPDATE_FLAGS.any);
  }

  /** Sets a slot's value from a program (its CPU's, the others become 0 in a new slot) or from the control plane. */
  protected setValue(slot: number, value: number, cpu: number, isNew: boolean): void {
    const { memory } = this.world;
    const first = this.valueOf(slot, 0);
    if (!this.#perCpu) copyMemory(memory, first, value, this.valueSize);
    else if (cpu === EVERY_CPU) copyMemory(memory, first, value, this.#slotStride);
    else {
      if (isNew) memory.bytes.fill(0, first, first + this.#slotStride);
      copyMemory(memory, this.valueOf(slot, cpu), value, this.valueSize);
    }
  }

  protected override updateFromControl(key: number, value: number, flags: number): number {
    return this.updateElement(key, value, flags, EVERY_CPU);
  }
}

/** In place of a CPU: the value holds one for each. */
export const EVERY_CPU = -1;
