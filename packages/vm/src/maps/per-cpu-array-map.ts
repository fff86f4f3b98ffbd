import { ERRNO, type MapSpec } from '@hookline/bpf';
import { copyMemory } from '../memory/memory-copy.ts';
import { arrayUpdateProblem, nextIndex } from './array-map.ts';
import type { MapWorld } from './map-world.ts';
import { VmMap } from './vm-map.ts';

/** BPF_MAP_TYPE_PERCPU_ARRAY (kernel/bpf/arraymap.c): one array for each CPU, one behind the other. */
export class PerCpuArrayMap extends VmMap {
  readonly #base: number;
  readonly #entries: number;
  /** Bytes of one CPU's array. */
  readonly #cpuStride: number;

  constructor(spec: MapSpec, world: MapWorld) {
    super(spec, world, 0);
    this.#entries = spec.maxEntries;
    this.#cpuStride = this.stride * spec.maxEntries;
    this.#base = this.reserveValues(this.#cpuStride * world.cpus, this.stride, this.valueSize);
  }

  #address(index: number, cpu: number): number {
    return this.#base + cpu * this.#cpuStride + index * this.stride;
  }

  override lookupElement(key: number, cpu: number): number {
    const index = this.world.memory.view.getUint32(key, true);
    return index < this.#entries ? this.#address(index, cpu) : 0;
  }

  override lookupPerCpu(key: number, cpu: number): number {
    return cpu < this.world.cpus ? this.lookupElement(key, cpu) : 0;
  }

  override updateElement(key: number, value: number, flags: number, cpu: number): number {
    const index = this.world.memory.view.getUint32(key, true);
    const problem = arrayUpdateProblem(index, this.#entries, flags);
    if (problem === 0) copyMemory(this.world.memory, this.#address(index, cpu), value, this.valueSize);
    return problem;
  }

  override deleteElement(): number {
    return -ERRNO.EINVAL;
  }

  override visitElements(visit: (key: number, value: number) => number, cpu: number): number {
    const { view } = this.world.memory;
    const key = this.scratchKey;
    // A visit may be within another one of this map, which has its key here too.
    const outer = view.getUint32(key, true);
    let index = 0;
    let stop = false;
    for (; index < this.#entries && !stop; index++) {
      view.setUint32(key, index, true);
      stop = visit(key, this.#address(index, cpu)) !== 0;
    }
    view.setUint32(key, outer, true);
    return index;
  }

  override lookup(key: Uint8Array): Uint8Array | undefined {
    const first = this.lookupElement(this.keyToMemory(key), 0);
    if (first === 0) return undefined;
    const { cpus, memory } = this.world;
    const values = new Uint8Array(this.stride * cpus);
    for (let cpu = 0; cpu < cpus; cpu++) {
      const address = first + cpu * this.#cpuStride;
      values.set(memory.bytes.subarray(address, address + this.stride), cpu * this.stride);
    }
    return values;
  }

  override update(key: Uint8Array, value: Uint8Array, flags: number): void {
    this.checkWritable();
    const index = this.world.memory.view.getUint32(this.keyToMemory(key), true);
    this.check(arrayUpdateProblem(index, this.#entries, flags), 'update');
    const { cpus, memory } = this.world;
    this.checkValue(value, this.stride * cpus);
    for (let cpu = 0; cpu < cpus; cpu++) {
      const start = cpu * this.stride;
      memory.bytes.set(value.subarray(start, start + this.stride), this.#address(index, cpu));
    }
  }

  protected override updateEveryCpu(key: Uint8Array, value: Uint8Array): void {
    this.update(key, this.forEveryCpu(value), 0);
  }

  override nextKey(key: Uint8Array | undefined): Uint8Array | undefined {
    return nextIndex(key, this.#entries);
  }
}
