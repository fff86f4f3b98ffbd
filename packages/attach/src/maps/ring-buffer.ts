import { native } from '../syscall/native.ts';
import { MappedMemory } from './mapped-memory.ts';
import type { RecordReader } from './record-reader.ts';

/** A record's header (kernel/bpf/ringbuf.c): the length with two flags, then a page offset for the kernel's own use. */
const HEADER_SIZE = 8;
const BUSY = 2 ** 31;
const DISCARDED = 2 ** 30;

/**
 * The consumer's side of a ring buffer. The kernel maps a page with the consumer's position (which user space
 * writes), then a page with the producer's position and the data twice in a row, so that no record wraps.
 */
export class RingBufferReader implements RecordReader {
  readonly #consumer: MappedMemory;
  readonly #producer: MappedMemory;
  readonly #pageSize: number;
  readonly #size: number;
  /** The kernel refuses the program's write when the ring is full, and counts nothing. */
  readonly lost = 0;

  /** @param size bytes of the ring: its maxEntries */
  constructor(fd: number, size: number) {
    const pageSize = native().pageSize();
    this.#pageSize = pageSize;
    this.#size = size;
    this.#consumer = new MappedMemory(fd, { offset: 0, length: pageSize, access: 'readWrite' });
    try {
      this.#producer = new MappedMemory(fd, { offset: pageSize, length: pageSize + 2 * size, access: 'read' });
    } catch (error) {
      this.#consumer[Symbol.dispose]();
      throw error;
    }
  }

  drain(): Uint8Array[] {
    const consumer = new BigUint64Array(this.#consumer.buffer, 0, 1);
    const buffer = this.#producer.buffer;
    const producer = new BigUint64Array(buffer, 0, 1);
    const headers = new Uint32Array(buffer, this.#pageSize);
    const data = new Uint8Array(buffer, this.#pageSize);
    const records: Uint8Array[] = [];
    let position = Number(Atomics.load(consumer, 0));
    const end = Number(Atomics.load(producer, 0));
    while (position < end) {
      const start = position % this.#size;
      const header = Atomics.load(headers, start / 4);
      // Reserved and not yet submitted: what comes after it waits too, to stay in order.
      if ((header & BUSY) !== 0) break;
      const length = header & ~(BUSY | DISCARDED);
      if ((header & DISCARDED) === 0) records.push(data.slice(start + HEADER_SIZE, start + HEADER_SIZE + length));
      position += Math.ceil((length + HEADER_SIZE) / 8) * 8;
      // Told after each record, so that a program finds the room while the next ones are copied.
      Atomics.store(consumer, 0, BigInt(position));
    }
    return records;
  }

  [Symbol.dispose](): void {
    this.#consumer[Symbol.dispose]();
    this.#producer[Symbol.dispose]();
  }
}
