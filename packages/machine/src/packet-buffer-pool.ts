import type { LinearMemory } from './linear-memory.ts';
import { PAGE_SIZE, PageAllocator } from './page-allocator.ts';

/** Bytes of a packet buffer: one page holds one frame. */
export const PACKET_BUFFER_SIZE = PAGE_SIZE;
/** Bytes before the frame, for headers that are pushed in front: XDP_PACKET_HEADROOM (include/uapi/linux/bpf.h). */
export const PACKET_HEADROOM = 256;
/** Bytes after the frame that the kernel keeps for skb_shared_info: SKB_DATA_ALIGN(320) on 64-bit machines. */
export const PACKET_TAILROOM = 320;
/** The longest frame that fits into one buffer, 3520: what BPF_PROG_TEST_RUN allows in one page (net/bpf/test_run.c). */
export const MAX_LINEAR_FRAME = PACKET_BUFFER_SIZE - PACKET_HEADROOM - PACKET_TAILROOM;

/**
 * A fixed number of packet buffers, recycled.
 *
 * A buffer's address is its hard_start; the frame begins `PACKET_HEADROOM` behind it and, until a program moves its
 * ends, is at most `MAX_LINEAR_FRAME` long.
 */
export class PacketBufferPool {
  readonly #pages: PageAllocator;

  /**
   * @param buffers how many there are; each costs 4 KiB once it has been used
   * @param name of the pool, in the words of error messages ("packet buffers of eth0")
   * @throws MemoryExhaustedError when the memory cannot hold them
   */
  constructor(memory: LinearMemory, buffers: number, name: string) {
    this.#pages = new PageAllocator(memory, buffers, name);
  }

  /** How many buffers there are in all. */
  get capacity(): number {
    return this.#pages.capacity;
  }

  /** Buffers that `take` can still hand out. */
  get available(): number {
    return this.#pages.available;
  }

  /** Buffers that are handed out now. */
  get inUse(): number {
    return this.#pages.inUse;
  }

  /** The address of a buffer (its hard_start), or 0 when the pool is exhausted. */
  take(): number {
    return this.#pages.allocate();
  }

  /**
   * Gives a buffer back.
   *
   * @param address what `take` returned
   * @throws MachineArgumentError when it was given back before, or never came from here
   */
  give(address: number): void {
    this.#pages.free(address);
  }
}
