import { type LinearMemory, PACKET_BUFFER_SIZE, type PacketBufferPool } from '@hookline/machine';
import { DESCRIPTOR_SIZE, TX_COMMAND, TX_STATUS, txStatus, writeTxDescriptor } from '@hookline/nic';

const COMMAND = TX_COMMAND.END_OF_PACKET | TX_COMMAND.INSERT_FCS | TX_COMMAND.REPORT_STATUS;

/** The driver's side of a transmit ring: takes packet buffers, gives them back to their pool when they have left. */
export class TransmitRing {
  readonly #words: Int32Array;
  readonly #pool: PacketBufferPool;
  readonly #base: number;
  readonly #count: number;
  readonly #writeTail: (tail: number) => void;
  /** Buffer (hard_start) in each descriptor. */
  readonly #buffers: Uint32Array;
  /** Frames that the ring has taken. */
  accepted = 0;
  #nextToUse = 0;
  #nextToClean = 0;
  #dirty = false;

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
  }

  /**
   * Puts a frame into the ring; the device learns of it at the next `ringDoorbell`. The buffer is the ring's from now on.
   *
   * @returns false when the ring is full, and the buffer stays the caller's
   */
  send(address: number, length: number): boolean {
    const index = this.#nextToUse;
    const next = index + 1 === this.#count ? 0 : index + 1;
    if (next === this.#nextToClean) return false;
    this.#buffers[index] = address - (address % PACKET_BUFFER_SIZE);
    writeTxDescriptor(this.#words, this.#base + index * DESCRIPTOR_SIZE, address, length, COMMAND);
    this.#nextToUse = next;
    this.accepted++;
    this.#dirty = true;
    return true;
  }

  ringDoorbell(): void {
    if (!this.#dirty) return;
    this.#dirty = false;
    this.#writeTail(this.#nextToUse);
  }

  /** Takes back the buffers of frames that the device has read. */
  clean(): void {
    while (this.#nextToClean !== this.#nextToUse) {
      const index = this.#nextToClean;
      if ((txStatus(this.#words, this.#base + index * DESCRIPTOR_SIZE) & TX_STATUS.DESCRIPTOR_DONE) === 0) return;
      this.#pool.give(this.#buffers[index] as number);
      this.#nextToClean = index + 1 === this.#count ? 0 : index + 1;
    }
  }
}
