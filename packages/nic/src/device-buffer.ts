import type { LinearMemory } from '@hookline/machine';
import { copyFrame } from './copy-frame.ts';

/** Words of a record: address, length, queue and hash type, hash. */
const RECORD = 4;
/** No frame that is stored occupies less. */
const LEAST_FRAME = 16;

/**
 * The device's own packet buffer: a first-in, first-out store of frames that wait for a descriptor.
 *
 * Its capacity is in bytes; a frame occupies its length rounded up to 4.
 */
export class DeviceBuffer {
  readonly capacity: number;
  readonly #memory: LinearMemory;
  readonly #base: number;
  readonly #end: number;
  readonly #records: Int32Array;
  readonly #slots: number;
  #first = 0;
  #count = 0;
  #used = 0;
  #writeAt: number;

  /**
   * @param capacity bytes
   * @param maxFrame the longest frame that is ever stored
   */
  constructor(memory: LinearMemory, capacity: number, maxFrame: number, purpose: string) {
    this.capacity = capacity;
    this.#memory = memory;
    // Frames are stored in one piece. What is lost at the end, when one does not fit there, is less than a frame.
    const size = roundUp(capacity + maxFrame);
    this.#base = memory.reserve(size, purpose);
    this.#end = this.#base + size;
    this.#writeAt = this.#base;
    this.#slots = Math.ceil(capacity / LEAST_FRAME);
    this.#records = new Int32Array(this.#slots * RECORD);
  }

  /** Frames that wait. */
  get count(): number {
    return this.#count;
  }

  /** Bytes that are occupied. */
  get used(): number {
    return this.#used;
  }

  /** Stores a frame of at least 13 bytes; returns false, and stores nothing, when it does not fit. */
  push(bytes: Uint8Array, offset: number, length: number, queue: number, type: number, hash: number): boolean {
    const size = roundUp(length);
    if (this.#used + size > this.capacity) return false;
    if (this.#writeAt + size > this.#end) this.#writeAt = this.#base;
    copyFrame(this.#memory, bytes, offset, this.#writeAt, length);
    let slot = this.#first + this.#count;
    if (slot >= this.#slots) slot -= this.#slots;
    const record = slot * RECORD;
    this.#records[record] = this.#writeAt;
    this.#records[record + 1] = length;
    this.#records[record + 2] = queue | (type << 16);
    this.#records[record + 3] = hash;
    this.#writeAt += size;
    this.#used += size;
    this.#count++;
    return true;
  }

  /** The first frame's address in memory. This and what follows is meaningless when nothing waits. */
  get address(): number {
    return (this.#records[this.#first * RECORD] as number) >>> 0;
  }

  get length(): number {
    return this.#records[this.#first * RECORD + 1] as number;
  }

  get queue(): number {
    return (this.#records[this.#first * RECORD + 2] as number) & 0xffff;
  }

  get type(): number {
    return (this.#records[this.#first * RECORD + 2] as number) >>> 16;
  }

  get hash(): number {
    return this.#records[this.#first * RECORD + 3] as number;
  }

  /** Forgets the first frame. */
  shift(): void {
    this.#used -= roundUp(this.length);
    this.#count--;
    this.#first = this.#first + 1 === this.#slots ? 0 : this.#first + 1;
  }
}

function roundUp(length: number): number {
  return Math.ceil(length / 4) * 4;
}
