import type { LinearMemory } from '@hookline/machine';
import { DESCRIPTOR_SIZE } from './descriptors.ts';
import { NicError } from './nic-error.ts';

/** How many descriptors a ring may have: ixgbe's least, ice's most; multiples of 8 (ixgbe's REQ_RX_DESCRIPTOR_MULTIPLE). */
export const RING_SIZE = { min: 64, max: 8160, multiple: 8, default: 512 } as const;

/** Rings start at multiples of 128 bytes (82599 datasheet 8.2.3.8.1). */
export const RING_ALIGNMENT = 128;

/** Refuses a ring size that no driver would accept (see `RING_SIZE`). */
export function checkRingSize(count: number, what: string): void {
  if (Number.isInteger(count) && count >= RING_SIZE.min && count <= RING_SIZE.max && count % RING_SIZE.multiple === 0) {
    return;
  }
  throw new NicError(
    'NIC_RING',
    `${what} has ${count} descriptors: give a multiple of ${RING_SIZE.multiple} from ${RING_SIZE.min} to ${RING_SIZE.max}.`,
  );
}

/**
 * One descriptor ring in memory, as the device sees it.
 *
 * The device owns the descriptors from `head` up to, but without, `tail`: equal numbers mean that it owns none, and so
 * a ring of n descriptors holds at most n - 1. The driver moves the tail, the device the head.
 */
export class Ring {
  /** In the words of error messages: "RX ring 0 of eth0". */
  readonly what: string;
  readonly #memory: LinearMemory;
  base = 0;
  /** Length in bytes, as the driver wrote it. */
  bytes = 0;
  head = 0;
  tail = 0;
  enabled = false;
  /** Descriptors in the ring; 0 while it is disabled, so that a disabled ring owns nothing. */
  count = 0;

  constructor(memory: LinearMemory, what: string) {
    this.#memory = memory;
    this.what = what;
  }

  /** Descriptors that the device may use. */
  get pending(): number {
    const distance = this.tail - this.head;
    return distance >= 0 ? distance : distance + this.count;
  }

  /** The address of the descriptor at the head. */
  get headAddress(): number {
    return this.base + this.head * DESCRIPTOR_SIZE;
  }

  advance(): void {
    const next = this.head + 1;
    this.head = next === this.count ? 0 : next;
  }

  /** Starts the ring at 0, empty. @throws NicError when there is no ring where the registers say */
  enable(): void {
    const count = this.bytes / DESCRIPTOR_SIZE;
    checkRingSize(count, this.what);
    if (this.base < 65_536 || this.base % RING_ALIGNMENT !== 0 || this.base + this.bytes > this.#memory.size) {
      throw new NicError(
        'NIC_RING',
        `${this.what} is set up at 0x${this.base.toString(16)}, length ${this.bytes}: ` +
          `reserve it in the machine's memory, aligned to ${RING_ALIGNMENT} bytes.`,
      );
    }
    this.head = 0;
    this.tail = 0;
    this.count = count;
    this.enabled = true;
  }

  disable(): void {
    this.head = 0;
    this.tail = 0;
    this.count = 0;
    this.enabled = false;
  }

  /** Checks a tail that the driver writes. */
  checkTail(tail: number): void {
    if (Number.isInteger(tail) && tail >= 0 && tail < this.count) return;
    throw new NicError(
      'NIC_RING',
      `the tail of ${this.what} is set to ${tail}, but it has ${this.count} descriptors: ` +
        `${this.enabled ? 'wrap the index around' : 'enable the ring before its doorbell'}.`,
    );
  }

  /**
   * Checks that a DMA stays in memory, out of its first 64 KiB.
   *
   * @param upper the upper 32 bits of the descriptor's address, which no memory here has
   */
  checkBuffer(address: number, upper: number, length: number): void {
    if (upper === 0 && address >= 65_536 && address + length <= this.#memory.size) return;
    const whole = (BigInt(upper >>> 0) << 32n) + BigInt(address);
    throw new NicError(
      'NIC_DMA',
      `descriptor ${this.head} of ${this.what} points to 0x${whole.toString(16)}, length ${length}, ` +
        'which is outside memory: give every descriptor a buffer before its doorbell.',
    );
  }
}
