import { ERRNO, type MapSpec, UPDATE_FLAGS } from '@hookline/bpf';
import { nextIndex } from './array-map.ts';
import { HashIndex, NO_SLOT } from './hash-index.ts';
import type { MapWorld } from './map-world.ts';
import { VmMap } from './vm-map.ts';

/** The program in a value, as a file descriptor: there are none here. */
const PROGRAM = 4;

/**
 * BPF_MAP_TYPE_DEVMAP and BPF_MAP_TYPE_DEVMAP_HASH (kernel/bpf/devmap.c): interface indices by number. A program may
 * read the value; only the control plane writes it.
 */
export class DeviceMap extends VmMap {
  readonly #keys: number;
  readonly #values: number;
  readonly #isHash: boolean;
  readonly #present: Uint8Array<ArrayBuffer>;
  readonly #index: HashIndex;
  readonly #free: number[] = [];
  #fresh = 0;

  constructor(spec: MapSpec, world: MapWorld) {
    super(spec, world, 8);
    this.#isHash = spec.type === 'devmap_hash';
    const slots = this.#isHash ? spec.maxEntries : 0;
    this.#keys = world.memory.reserve(slots * this.keySize, `the keys of map ${spec.name}`);
    this.#values = this.reserveValues(spec.maxEntries * this.stride, this.stride, this.valueSize, false);
    this.#present = new Uint8Array(spec.maxEntries);
    this.#index = new HashIndex(world.memory, this.#keys, this.keySize, this.keySize, slots);
  }

  #slot(key: number): number {
    if (this.#isHash) return this.#index.find(key);
    const index = this.world.memory.view.getUint32(key, true);
    return index < this.spec.maxEntries && this.#present[index] === 1 ? index : NO_SLOT;
  }

  override lookupElement(key: number): number {
    const slot = this.#slot(key);
    return slot === NO_SLOT ? 0 : this.#values + slot * this.stride;
  }

  /** What bpf_redirect_map finds: the interface index at a key, or 0. */
  override targetAt(key: number): number {
    const { view } = this.world.memory;
    view.setUint32(this.scratchKey, key, true);
    const address = this.lookupElement(this.scratchKey);
    return address === 0 ? 0 : view.getUint32(address, true);
  }

  override targets(): number[] {
    const targets: number[] = [];
    for (let key = this.nextKey(undefined); key !== undefined; key = this.nextKey(key)) {
      const target = this.targetAt(new DataView(key.buffer).getUint32(0, true));
      if (target !== 0) targets.push(target);
    }
    return targets;
  }

  protected override updateFromControl(key: number, value: number, flags: number): number {
    const { view, bytes } = this.world.memory;
    if (flags > UPDATE_FLAGS.replace) return -ERRNO.EINVAL;
    const index = view.getUint32(key, true);
    if (!this.#isHash && index >= this.spec.maxEntries) return -ERRNO.E2BIG;
    if (!this.#isHash && flags === UPDATE_FLAGS.create) return -ERRNO.EEXIST;
    const ifindex = view.getUint32(value, true);
    if (this.#isHash && ifindex === 0) return -ERRNO.EINVAL;
    const old = this.#slot(key);
    if (this.#isHash && old !== NO_SLOT && flags === UPDATE_FLAGS.create) return -ERRNO.EEXIST;
    const program = this.valueSize > PROGRAM ? view.getInt32(value + PROGRAM, true) : 0;
    if (program > 0) return -ERRNO.EINVAL;
    if (ifindex === 0) {
      this.#present[index] = 0;
      return 0;
    }
    if (!this.world.hasDevice(ifindex)) return -ERRNO.EINVAL;
    const slot = this.#isHash ? this.#enter(key, old) : index;
    if (slot === NO_SLOT) return -ERRNO.E2BIG;
    this.#present[slot] = 1;
    bytes.copyWithin(this.#values + slot * this.stride, value, value + this.valueSize);
    return 0;
  }

  #enter(key: number, old: number): number {
    if (old !== NO_SLOT) return old;
    const slot = this.#free.pop() ?? (this.#fresh < this.spec.maxEntries ? this.#fresh++ : NO_SLOT);
    if (slot === NO_SLOT) return NO_SLOT;
    this.world.memory.bytes.copyWithin(this.#index.keyOf(slot), key, key + this.keySize);
    this.#index.insert(slot);
    return slot;
  }

  override deleteElement(key: number): number {
    const slot = this.#slot(key);
    if (!this.#isHash) {
      if (this.world.memory.view.getUint32(key, true) >= this.spec.maxEntries) return -ERRNO.EINVAL;
      if (slot !== NO_SLOT) this.#present[slot] = 0;
      return 0;
    }
    if (slot === NO_SLOT) return -ERRNO.ENOENT;
    this.#index.remove(slot);
    this.#free.push(slot);
    return 0;
  }

  override nextKey(key: Uint8Array | undefined): Uint8Array | undefined {
    if (!this.#isHash) return nextIndex(key, this.spec.maxEntries);
    const next = this.#index.following(key === undefined ? NO_SLOT : this.#index.find(this.keyToMemory(key)));
    return next === NO_SLOT ? undefined : this.bytesAt(this.#index.keyOf(next), this.keySize);
  }
}
