import { ERRNO, type MapSpec, UPDATE_FLAGS } from '@hookline/bpf';
import { copyMemory } from '../memory/memory-copy.ts';
import type { MapWorld } from './map-world.ts';
import { VmMap } from './vm-map.ts';

/**
 * BPF_MAP_TYPE_QUEUE and BPF_MAP_TYPE_STACK (kernel/bpf/queue_stack_maps.c): a ring of values, one more than fit. A
 * program gets copies, so that no program can touch the ring.
 */
export class QueueMap extends VmMap {
  readonly #base: number;
  readonly #size: number;
  readonly #isStack: boolean;
  #head = 0;
  #tail = 0;

  constructor(spec: MapSpec, world: MapWorld) {
    super(spec, world, Math.ceil(spec.value.size / 8) * 8);
    this.#size = spec.maxEntries + 1;
    this.#isStack = spec.type === 'stack';
    this.#base = world.memory.reserve(this.#size * this.stride, `map ${spec.name}`);
  }

  override pushElement(value: number, flags: number): number {
    if (flags !== UPDATE_FLAGS.any && flags !== UPDATE_FLAGS.replace) return -ERRNO.EINVAL;
    const after = (this.#head + 1) % this.#size;
    if (after === this.#tail) {
      if (flags !== UPDATE_FLAGS.replace) return -ERRNO.E2BIG;
      this.#tail = (this.#tail + 1) % this.#size;
    }
    copyMemory(this.world.memory, this.#address(this.#head), value, this.valueSize);
    this.#head = after;
    return 0;
  }

  override popElement(target: number): number {
    const result = this.peekElement(target);
    if (result !== 0) return result;
    if (this.#isStack) this.#head = this.#newest;
    else this.#tail = (this.#tail + 1) % this.#size;
    return 0;
  }

  /** Where there is nothing, the target is filled with zeros. */
  override peekElement(target: number): number {
    const { memory } = this.world;
    if (this.#head === this.#tail) {
      memory.bytes.fill(0, target, target + this.valueSize);
      return -ERRNO.ENOENT;
    }
    copyMemory(memory, target, this.#address(this.#isStack ? this.#newest : this.#tail), this.valueSize);
    return 0;
  }

  override push(value: Uint8Array, flags: number): void {
    this.checkWritable();
    this.check(this.pushElement(this.valueToMemory(value), flags), 'push to');
  }

  override pop(): Uint8Array | undefined {
    return this.#take(this.popElement(this.scratchValue));
  }

  override peek(): Uint8Array | undefined {
    return this.#take(this.peekElement(this.scratchValue));
  }

  #take(result: number): Uint8Array | undefined {
    return result === 0 ? this.bytesAt(this.scratchValue, this.valueSize) : undefined;
  }

  get #newest(): number {
    return (this.#head + this.#size - 1) % this.#size;
  }

  #address(index: number): number {
    return this.#base + index * this.stride;
  }
}
