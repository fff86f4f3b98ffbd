import { type LinearMemory, PACKET_HEADROOM, type PacketBufferPool } from '@hookline/machine';
import { DESCRIPTOR_SIZE, RX_STATUS, rxHash, rxLength, rxStatus, writeRxDescriptor } from '@hookline/nic';

/** Descriptors that are refilled at once (IXGBE_RX_BUFFER_WRITE). */
const REFILL = 16;

/** The driver's side of a receive ring: hands empty packet buffers to the device, takes filled ones. */
export class ReceiveRing {
  /** How often no buffer could be had when descriptors were refilled (`alloc_rx_page_failed`). */
  allocationFailures = 0;
  /** Of the frame that `take` returned. */
  length = 0;
  /** RSS hash of the frame that `take` returned. */
  hash = 0;
  readonly #words: Int32Array;
  readonly #pool: PacketBufferPool;
  readonly #base: number;
  readonly #count: number;
  readonly #writeTail: (tail: number) => void;
  /** By descriptor: the buffer that the device may fill or has filled, 0 where there is none. */
  readonly #buffers: Uint32Array;
  #nextToUse = 0;
  #nextToClean = 0;
  /** Descriptors without a buffer, less the one that keeps a full ring from looking empty. */
  #unused: number;

  /**
   * @param base address of the descriptors
   * @param writeTail the doorbell
   */
  constructor(
    memory: LinearMemory,
    pool: PacketBufferPool,
    base: number,
    count: number,
    writeTail: (tail: number) => void,
  ) {
    this.#words = memory.words;
    this.#pool = pool;
    this.#base = base;
    this.#count = count;
    this.#writeTail = writeTail;
    this.#buffers = new Uint32Array(count);
    this.#unused = count - 1;
  }

  /** Frames that the device has written and nobody has taken yet. */
  get held(): number {
    let count = 0;
    let index = this.#nextToClean;
    while (count < this.#count && this.#isDone(index)) {
      count++;
      index = this.#after(index);
    }
    return count;
  }

  /**
   * The buffer (hard_start) of the next frame, which is the caller's from now on; 0 when there is none. `length` and
   * `hash` tell about it.
   */
  take(): number {
    const index = this.#nextToClean;
    if (!this.#isDone(index)) return 0;
    const descriptor = this.#base + index * DESCRIPTOR_SIZE;
    const buffer = this.#buffers[index] as number;
    this.#buffers[index] = 0;
    this.length = rxLength(this.#words, descriptor);
    this.hash = rxHash(this.#words, descriptor);
    this.#nextToClean = this.#after(index);
    this.#unused++;
    if (this.#unused >= REFILL) this.refill();
    return buffer;
  }

  /** Gives the device every buffer that there is room for, and rings the doorbell. */
  refill(): void {
    let index = this.#nextToUse;
    while (this.#unused > 0) {
      const buffer = this.#pool.take();
      if (buffer === 0) {
        this.allocationFailures++;
        break;
      }
      this.#buffers[index] = buffer;
      writeRxDescriptor(this.#words, this.#base + index * DESCRIPTOR_SIZE, buffer + PACKET_HEADROOM);
      index = this.#after(index);
      this.#unused--;
    }
    if (index === this.#nextToUse) return;
    this.#nextToUse = index;
    this.#writeTail(index);
  }

  /** Makes up for refills that failed; drivers look when a poll begins (`ixgbe_clean_rx_irq`). */
  replenish(): void {
    if (this.#unused >= REFILL) this.refill();
  }

  #after(index: number): number {
    return index + 1 === this.#count ? 0 : index + 1;
  }

  #isDone(index: number): boolean {
    const status = rxStatus(this.#words, this.#base + index * DESCRIPTOR_SIZE);
    // A descriptor without a buffer still shows the frame that was taken from it.
    return (status & RX_STATUS.DESCRIPTOR_DONE) !== 0 && this.#buffers[index] !== 0;
  }
}
