/**
 * Frames that are ready for the wire, column by column, in the order in which they are sent.
 *
 * A frame that needed no change lies where the capture's reader put it; one that did lies in the queue's own bytes.
 * Either way it is copied once, by the NIC's DMA.
 */
export class FrameQueue {
  count = 0;
  /** The first frame that has not been sent. */
  next = 0;
  /** Virtual time in nanoseconds at which the frame is ready for the wire. */
  time = new Float64Array(0);
  length = new Uint32Array(0);
  #offset = new Uint32Array(0);
  #own = new Uint8Array(0);
  #borrowed: Uint8Array = new Uint8Array(0);
  #arena = new Uint8Array(1 << 16);
  #arenaEnd = 0;

  /** Empties the queue; frames that are borrowed from now on lie in these bytes. */
  begin(bytes: Uint8Array): void {
    this.count = 0;
    this.next = 0;
    this.#arenaEnd = 0;
    this.#borrowed = bytes;
  }

  /** Adds a frame that lies in the bytes given to `begin`. */
  borrow(offset: number, length: number, time: number): void {
    this.#push(offset, length, time, 0);
  }

  /** Adds a frame of `length` zero bytes and returns where to write it, until the next call. */
  create(length: number, time: number): Uint8Array {
    const start = this.#arenaEnd;
    const end = start + length;
    if (end > this.#arena.length) {
      const grown = new Uint8Array(Math.max(end, this.#arena.length * 2));
      grown.set(this.#arena.subarray(0, start));
      this.#arena = grown;
    }
    this.#arenaEnd = end;
    this.#push(start, length, time, 1);
    return this.#arena.subarray(start, end).fill(0);
  }

  /** The bytes that frame `index` lies in. */
  bytes(index: number): Uint8Array {
    return this.#own[index] === 1 ? this.#arena : this.#borrowed;
  }

  /** Where in `bytes(index)` it begins. */
  offset(index: number): number {
    return this.#offset[index] as number;
  }

  #push(offset: number, length: number, time: number, own: number): void {
    const index = this.count++;
    if (index === this.time.length) this.#grow();
    this.#offset[index] = offset;
    this.length[index] = length;
    this.time[index] = time;
    this.#own[index] = own;
  }

  #grow(): void {
    const size = Math.max(1024, this.time.length * 2);
    const larger = <A extends { set(from: A): void }>(to: A, from: A): A => {
      to.set(from);
      return to;
    };
    this.time = larger(new Float64Array(size), this.time);
    this.length = larger(new Uint32Array(size), this.length);
    this.#offset = larger(new Uint32Array(size), this.#offset);
    this.#own = larger(new Uint8Array(size), this.#own);
  }
}
