import { ERRNO, type MapSpec, UPDATE_FLAGS } from '@hookline/bpf';
import { copyMemory } from '../memory/memory-copy.ts';
import type { MapWorld } from './map-world.ts';
import { VmMap } from './vm-map.ts';

/** Every flag that the table has. */
const ALL_FLAGS = 7;

/** What map_update_elem of arrays makes of its flags (kernel/bpf/arraymap.c). */
export function arrayUpdateProblem(index: number, entries: number, flags: number): number {
  const unlocked = flags <= ALL_FLAGS ? flags & ~UPDATE_FLAGS.lock : flags;
  if (unlocked > UPDATE_FLAGS.replace) return -ERRNO.EINVAL;
  if (index >= entries) return -ERRNO.E2BIG;
  if (unlocked === UPDATE_FLAGS.create) return -ERRNO.EEXIST;
  // BPF_F_LOCK needs a spin lock in the value, which no map has here.
  return flags === unlocked ? 0 : -ERRNO.EINVAL;
}

/** The index after a key, of maps whose keys are indices (array_map_get_next_key in kernel/bpf/arraymap.c). */
export function nextIndex(key: Uint8Array | undefined, entries: number): Uint8Array | undefined {
  const index = key === undefined ? entries : new DataView(key.buffer, key.byteOffset, 4).getUint32(0, true);
  const next = index >= entries ? 0 : index + 1;
  if (next >= entries) return undefined;
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, next, true);
  return bytes;
}

/** BPF_MAP_TYPE_ARRAY (kernel/bpf/arraymap.c): values at a stride of their size rounded up to 8 bytes. */
export class ArrayMap extends VmMap {
  readonly #base: number;
  readonly #entries: number;

  constructor(spec: MapSpec, world: MapWorld) {
    super(spec, world, 0);
    this.#entries = spec.maxEntries;
    this.#base = this.reserveValues(this.stride * spec.maxEntries, this.stride, this.valueSize);
  }

  #index(key: number): number {
    return this.world.memory.view.getUint32(key, true);
  }

  override lookupElement(key: number): number {
    const index = this.#index(key);
    return index < this.#entries ? this.#base + index * this.stride : 0;
  }

  override updateElement(key: number, value: number, flags: number): number {
    const index = this.#index(key);
    const problem = arrayUpdateProblem(index, this.#entries, flags);
    if (problem === 0) copyMemory(this.world.memory, this.#base + index * this.stride, value, this.valueSize);
    return problem;
  }

  override deleteElement(): number {
    return -ERRNO.EINVAL;
  }

  override visitElements(visit: (key: number, value: number) => number): number {
    const { view } = this.world.memory;
    const key = this.scratchKey;
    // A visit may be within another one of this map, which has its key here too.
    const outer = view.getUint32(key, true);
    let index = 0;
    let stop = false;
    for (; index < this.#entries && !stop; index++) {
      view.setUint32(key, index, true);
      stop = visit(key, this.#base + index * this.stride) !== 0;
    }
    view.setUint32(key, outer, true);
    return index;
  }

  override directValue(): number | undefined {
    return this.#entries === 1 ? this.#base : undefined;
  }

  // A value may be as large as the memory: it goes straight to its place.
  override update(key: Uint8Array, value: Uint8Array, flags: number): void {
    this.checkWritable();
    const index = this.#index(this.keyToMemory(key));
    this.check(arrayUpdateProblem(index, this.#entries, flags), 'update');
    this.checkValue(value);
    this.world.memory.bytes.set(value, this.#base + index * this.stride);
  }

  override nextKey(key: Uint8Array | undefined): Uint8Array | undefined {
    return nextIndex(key, this.#entries);
  }
}
