import { ERRNO, MAP_FLAGS, type MapSpec, UPDATE_FLAGS } from '@hookline/bpf';
import { NO_SLOT } from './hash-index.ts';
import { EVERY_CPU, HashTable } from './hash-table.ts';
import { CommonLru, type Lru, PerCpuLru } from './lru.ts';
import type { MapWorld } from './map-world.ts';
import { CONTROL_CPU } from './vm-map.ts';

/** Elements that the map has room for: with a list for each CPU, each gets the same share (htab_map_alloc). */
function elementsOf(spec: MapSpec, cpus: number): number {
  return (spec.flags & MAP_FLAGS.NO_COMMON_LRU) === 0 ? spec.maxEntries : Math.ceil(spec.maxEntries / cpus) * cpus;
}

/** BPF_MAP_TYPE_LRU_HASH and BPF_MAP_TYPE_LRU_PERCPU_HASH (kernel/bpf/hashtab.c): never full, but forgetful. */
export class LruHashMap extends HashTable {
  readonly #lru: Lru;
  readonly #perCpu: boolean;

  constructor(spec: MapSpec, world: MapWorld) {
    const perCpu = spec.type === 'lru_percpu_hash';
    const elements = elementsOf(spec, world.cpus);
    super(spec, world, elements, perCpu);
    this.#perCpu = perCpu;
    const Type = (spec.flags & MAP_FLAGS.NO_COMMON_LRU) === 0 ? CommonLru : PerCpuLru;
    this.#lru = new Type(elements, world.cpus, (slot) => this.index.remove(slot));
  }

  override lookupElement(key: number, cpu: number): number {
    const slot = this.index.find(key);
    if (slot === NO_SLOT) return 0;
    this.#lru.touch(slot);
    return this.valueOf(slot, cpu);
  }

  /** A look from outside does not keep an element alive (map_lookup_elem_sys_only). */
  protected override lookupFromControl(key: number): number {
    const slot = this.index.find(key);
    return slot === NO_SLOT ? 0 : this.valueOf(slot, CONTROL_CPU);
  }

  override updateElement(key: number, value: number, flags: number, cpu: number): number {
    if (flags > UPDATE_FLAGS.replace) return -ERRNO.EINVAL;
    const on = cpu === EVERY_CPU ? CONTROL_CPU : cpu;
    return this.#perCpu ? this.#updateInPlace(key, value, flags, cpu, on) : this.#exchange(key, value, flags, on);
  }

  /** htab_lru_map_update_elem: a new node in any case, so that an update can evict even its own key. */
  #exchange(key: number, value: number, flags: number, cpu: number): number {
    const slot = this.#lru.pop(cpu);
    if (slot === NO_SLOT) return -ERRNO.ENOMEM;
    const old = this.index.find(key);
    const problem = this.flagProblem(old !== NO_SLOT, flags);
    if (problem !== 0) {
      this.#lru.push(slot);
      return problem;
    }
    if (old !== NO_SLOT) {
      this.#lru.touch(slot);
      this.index.remove(old);
    }
    this.setKey(slot, key);
    this.setValue(slot, value, cpu, true);
    this.index.insert(slot);
    if (old !== NO_SLOT) this.#lru.push(old);
    return 0;
  }

  /** __htab_lru_percpu_map_update_elem: takes a node before it looks, unless the key must exist. */
  #updateInPlace(key: number, value: number, flags: number, cpu: number, on: number): number {
    const slot = flags === UPDATE_FLAGS.replace ? NO_SLOT : this.#lru.pop(on);
    if (slot === NO_SLOT && flags !== UPDATE_FLAGS.replace) return -ERRNO.ENOMEM;
    const old = this.index.find(key);
    const problem = this.flagProblem(old !== NO_SLOT, flags);
    if (problem !== 0 || old !== NO_SLOT) {
      if (problem === 0) {
        this.#lru.touch(old);
        this.setValue(old, value, cpu, false);
      }
      if (slot !== NO_SLOT) this.#lru.push(slot);
      return problem;
    }
    this.setKey(slot, key);
    this.setValue(slot, value, cpu, true);
    this.index.insert(slot);
    return 0;
  }

  override deleteElement(key: number): number {
    const slot = this.index.find(key);
    if (slot === NO_SLOT) return -ERRNO.ENOENT;
    this.index.remove(slot);
    this.#lru.push(slot);
    return 0;
  }
}
