import { checkInteger, MachineArgumentError } from './arguments.ts';
import type { LinearMemory } from './linear-memory.ts';

/** Bytes in a page, as on the x86-64 and arm64 machines that are simulated. */
export const PAGE_SIZE = 4096;

/** Pages of the whole 32-bit address space. */
const MOST_PAGES = 2 ** 20;

/**
 * Hands out 4 KiB pages of one reserved range and takes them back.
 *
 * Like the kernel's page_pool, a page that comes back is the next to go out (it is the one still warm in the cache);
 * fresh pages are only touched when no used one is left, so a large allocator costs what is really used of it.
 * Neither call allocates.
 */
export class PageAllocator {
  /** How many pages there are in all. */
  readonly capacity: number;
  /** Address of the first page. */
  readonly base: number;
  readonly #purpose: string;
  readonly #taken: Uint8Array;
  readonly #free: Uint32Array;
  #freeCount = 0;
  #fresh = 0;

  /**
   * @param capacity pages to reserve
   * @param purpose what they are for, in the words of error messages ("packet buffers of eth0")
   * @throws MemoryExhaustedError when the memory cannot hold them
   */
  constructor(memory: LinearMemory, capacity: number, purpose: string) {
    checkInteger(capacity, `the number of pages for ${purpose}`, 1, MOST_PAGES);
    this.capacity = capacity;
    this.base = memory.reserve(capacity * PAGE_SIZE, purpose, PAGE_SIZE);
    this.#purpose = purpose;
    this.#taken = new Uint8Array(capacity);
    this.#free = new Uint32Array(capacity);
  }

  /** Pages that `allocate` can still hand out. */
  get available(): number {
    return this.capacity - this.#fresh + this.#freeCount;
  }

  /** Pages that are handed out now. */
  get inUse(): number {
    return this.#fresh - this.#freeCount;
  }

  /** The address of a page, or 0 when all are in use. Its bytes are what its last user left (zeros at first). */
  allocate(): number {
    let page: number;
    if (this.#freeCount > 0) {
      page = this.#free[--this.#freeCount] as number;
    } else if (this.#fresh < this.capacity) {
      page = this.#fresh++;
    } else {
      return 0;
    }
    this.#taken[page] = 1;
    return this.base + page * PAGE_SIZE;
  }

  /**
   * Takes a page back.
   *
   * @param address what `allocate` returned
   * @throws MachineArgumentError for a page that is free already, and for an address that is no page of this allocator
   */
  free(address: number): void {
    const page = (address - this.base) / PAGE_SIZE;
    if (this.#taken[page] !== 1) throw this.#refusal(address, page);
    this.#taken[page] = 0;
    this.#free[this.#freeCount++] = page;
  }

  #refusal(address: number, page: number): MachineArgumentError {
    const where = `address 0x${address.toString(16)} given back to ${this.#purpose}`;
    return this.#taken[page] === 0
      ? new MachineArgumentError(`${where} is free already: each page is given back once, by its last user.`)
      : new MachineArgumentError(`${where} is the start of no page there: give back what was handed out.`);
  }
}
