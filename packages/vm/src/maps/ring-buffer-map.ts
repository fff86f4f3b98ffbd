import { ERRNO, HELPER_FLAGS, type MapSpec, RINGBUF, RINGBUF_QUERY } from '@hookline/bpf';
import { copyMemory } from '../memory/memory-copy.ts';
import { REGION_ALIGNMENT } from '../memory/region-table.ts';
import type { MapWorld } from './map-world.ts';
import { VmMap } from './vm-map.ts';

/** RINGBUF_MAX_RECORD_SZ: the length shares its word with the two flag bits. */
const LONGEST_RECORD = 0x3fff_ffff;
const LENGTH_MASK = LONGEST_RECORD;

/**
 * BPF_MAP_TYPE_RINGBUF (kernel/bpf/ringbuf.c): records of any length behind 8-byte headers.
 *
 * The kernel maps the ring's pages twice so that a record can run past the end; here the ring has twice its size in
 * addresses, and the reader knows where each record lies. A record is open to the program that reserved it until it is
 * submitted or discarded.
 */
export class RingBufferMap extends VmMap {
  readonly #base: number;
  readonly #size: number;
  #consumer = 0;
  #producer = 0;
  #lost = 0;
  /** Offset and length of each record that is reserved. */
  readonly #open = new Map<number, number>();

  constructor(spec: MapSpec, world: MapWorld) {
    super(spec, world, 0);
    this.#size = spec.maxEntries;
    const length = this.#size * 2;
    // Pages of its own, from the first to the last.
    this.#base = world.memory.reserve(length, `map ${spec.name}`, REGION_ALIGNMENT);
    world.memory.reserve(REGION_ALIGNMENT, `map ${spec.name}`, REGION_ALIGNMENT);
    world.regions.add({
      name: `map ${spec.name}`,
      start: this.#base,
      length,
      stride: length,
      size: length,
      writable: true,
      isOpen: (offset, size) => this.#isOpen(offset, size),
    });
  }

  #isOpen(offset: number, size: number): boolean {
    for (const [start, length] of this.#open) if (offset >= start && offset + size <= start + length) return true;
    return false;
  }

  /** The address of a new record's bytes, or 0 where it does not fit. @param size bytes, up to 2^32 - 1 */
  reserve(size: number): number {
    const length = Math.ceil((size + RINGBUF.HEADER_SIZE) / 8) * 8;
    const fits = size <= LONGEST_RECORD && length <= this.#size;
    // The positions may be one byte less than the size apart, at most.
    if (!fits || this.#producer + length - this.#consumer > this.#size - 1) {
      this.#lost++;
      return 0;
    }
    const offset = this.#producer % this.#size;
    this.#producer += length;
    this.world.memory.view.setUint32(this.#base + offset, size | RINGBUF.BUSY, true);
    const start = offset + RINGBUF.HEADER_SIZE;
    this.#open.set(start, size);
    return this.#base + start;
  }

  /**
   * Closes a record.
   *
   * @param address of its bytes
   * @param discard whether the reader is not to see it
   * @returns false where there is no such record
   */
  commit(address: number, discard: boolean): boolean {
    const start = address - this.#base;
    const size = this.#open.get(start);
    if (size === undefined) return false;
    this.#open.delete(start);
    const header = size | (discard ? RINGBUF.DISCARD : 0);
    this.world.memory.view.setUint32(address - RINGBUF.HEADER_SIZE, header, true);
    return true;
  }

  /** Discards what is reserved. */
  discardReserved(): void {
    for (const start of this.#open.keys()) this.commit(this.#base + start, true);
  }

  /** Records that are reserved. */
  get reserved(): number {
    return this.#open.size;
  }

  /** bpf_ringbuf_output: 0 or a negative errno. */
  output(data: number, size: number, flags: number): number {
    if (flags > (HELPER_FLAGS.RB_NO_WAKEUP | HELPER_FLAGS.RB_FORCE_WAKEUP)) return -ERRNO.EINVAL;
    const record = this.reserve(size);
    if (record === 0) return -ERRNO.EAGAIN;
    copyMemory(this.world.memory, record, data, size);
    this.commit(record, false);
    return 0;
  }

  /** bpf_ringbuf_query. */
  query(what: number): number {
    switch (what) {
      case RINGBUF_QUERY.AVAIL_DATA:
        return this.#producer - this.#consumer;
      case RINGBUF_QUERY.RING_SIZE:
        return this.#size;
      case RINGBUF_QUERY.CONS_POS:
        return this.#consumer;
      case RINGBUF_QUERY.PROD_POS:
        return this.#producer;
      default:
        return 0;
    }
  }

  override drain(): Uint8Array[] {
    const records: Uint8Array[] = [];
    while (this.#consumer < this.#producer) {
      const offset = this.#consumer % this.#size;
      const header = this.world.memory.view.getUint32(this.#base + offset, true);
      if (header >= RINGBUF.BUSY) break;
      const size = header & LENGTH_MASK;
      if ((header & RINGBUF.DISCARD) === 0) records.push(this.bytesAt(this.#base + offset + RINGBUF.HEADER_SIZE, size));
      this.#consumer += Math.ceil((size + RINGBUF.HEADER_SIZE) / 8) * 8;
    }
    return records;
  }

  override get lost(): number {
    return this.#lost;
  }
}
