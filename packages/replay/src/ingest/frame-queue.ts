/** Bytes of frames of its own with which a queue counts as full: what is ready goes out before more is made. */
const FULL = 4 * 2 ** 20;

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
  /** Where in `bytes` it begins. */
  offset = new Uint32Array(0);
  /** The queue's own bytes; they move when they grow. */
  own = new Uint8Array(1 << 16);
  #isOwn = new Uint8Array(0);
  #borrowed: Uint8Array = new Uint8Array(0);
  #end = 0;

  /** Empties the queue; frames that are borrowed from now on lie in these bytes. */
  begin(bytes: Uint8Array): void {
    this.count = 0;
    this.next = 0;
    this.#end = 0;
    this.#borrowed = bytes;
  }

  /** Whether frames that were made take so much memory that they should go out first. */
  get isFull(): boolean {
    return this.#end >= FULL;
  }

  /** Adds a frame that lies in the bytes given to `begin`. */
  borrow(offset: number, length: number, time: number): void {
    this.#push(offset, length, time, 0);
  }

  /** Adds a frame of `length` bytes, whatever they are, and returns where in `own` to write it. */
  create(length: number, time: number): number {
    const start = this.#end;
    this.#end = start + length;
    if (this.#end > this.own.length) {
      const grown = new Uint8Array(Math.max(this.#end, this.own.length * 2));
      grown.set(this.own.subarray(0, start));
      this.own = grown;
    }
    this.#push(start, length, time, 1);
    return start;
  }

  /** The bytes that frame `index` lies in. */
  bytes(index: number): Uint8Array {
    return this.#isOwn[index] === 1 ? this.own : this.#borrowed;
  }

  #push(offset: number, length: number, time: number, isOwn: number): void {
    const index = this.count++;
    if (index === this.time.length) this.#grow();
    this.offset[index] = offset;
    this.length[index] = length;
    this.time[index] = time;
    this.#isOwn[index] = isOwn;
  }

  #grow(): void {
    const size = Math.max(1024, this.time.length * 2);
    const larger = <A extends { set(from: A): void }>(to: A, from: A): A => {
      to.set(from);
      return to;
    };
    this.time = larger(new Float64Array(size), this.time);
    this.length = larger(new Uint32Array(size), this.length);
    this.offset = larger(new Uint32Array(size), this.offset);
    this.#isOwn = larger(new Uint8Array(size), this.#isOwn);
  }
}
