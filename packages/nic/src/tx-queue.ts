import type { LinearMemory } from '@hookline/machine';
import { DESCRIPTOR_SIZE, TX_COMMAND, TX_STATUS } from './descriptors.ts';
import { Ring } from './ring.ts';

/** A transmit queue: reads frames out of the buffers that the driver hands over through its ring. */
export class TxQueue {
  readonly ring: Ring;
  readonly #memory: LinearMemory;
  packets = 0;
  bytes = 0;
  /** Descriptors of the first frame; 0 while its last one is missing. */
  frameDescriptors = 0;

  constructor(memory: LinearMemory, what: string) {
    this.#memory = memory;
    this.ring = new Ring(memory, what);
  }

  /** Looks for a whole frame at the head: a driver may hand one over in pieces. */
  findFrame(): boolean {
    const { base, head, pending, count } = this.ring;
    for (let i = 0; i < pending; i++) {
      const index = head + i < count ? head + i : head + i - count;
      if ((this.#command(base + index * DESCRIPTOR_SIZE) & TX_COMMAND.END_OF_PACKET) === 0) continue;
      this.frameDescriptors = i + 1;
      return true;
    }
    this.frameDescriptors = 0;
    return false;
  }

  /** The third word of a descriptor: command and length. */
  #command(descriptor: number): number {
    return this.#memory.words[(descriptor >>> 2) + 2] as number;
  }

  /** Command and length of the descriptor at the head. */
  get command(): number {
    return this.#command(this.ring.headAddress);
  }

  /** Address of the buffer at the head. */
  get bufferAddress(): number {
    return (this.#memory.words[this.ring.headAddress >>> 2] as number) >>> 0;
  }

  /** Upper 32 bits of that address. */
  get bufferUpper(): number {
    return this.#memory.words[(this.ring.headAddress >>> 2) + 1] as number;
  }

  /** The VLAN tag of the descriptor at the head. */
  get vlan(): number {
    return (this.#memory.words[(this.ring.headAddress >>> 2) + 3] as number) >>> 16;
  }

  /** Gives the descriptor at the head back; returns whether the driver asked for its status. */
  complete(): boolean {
    const reports = (this.command & TX_COMMAND.REPORT_STATUS) !== 0;
    if (reports) {
      const word = (this.ring.headAddress >>> 2) + 3;
      this.#memory.words[word] = (this.#memory.words[word] as number) | TX_STATUS.DESCRIPTOR_DONE;
    }
    this.ring.advance();
    return reports;
  }
}
