import type { VirtualClock } from '@hookline/machine';
import type { FrameSource, LineRate, WireFrame } from '@hookline/nic';
import type { FrameQueue } from './ingest/frame-queue.ts';

/** Hands the queue's frames to a device's wire, and holds the clock while the next ones are being read. */
export class WireSource implements FrameSource {
  /** Whether no more frames will come. */
  ended = false;
  /** Bytes handed over, without FCS. */
  bytes = 0;
  readonly #queue: FrameQueue;
  readonly #clock: VirtualClock;
  readonly #line: LineRate;
  readonly #dmaWrite: number;
  /** When the wire is free again, and when and with what length the latest frame began. */
  #free = 0;
  #start = 0;
  #length = 0;

  /** @param dmaWrite the device's latency, in nanoseconds */
  constructor(queue: FrameQueue, clock: VirtualClock, line: LineRate, dmaWrite: number) {
    this.#queue = queue;
    this.#clock = clock;
    this.#line = line;
    this.#dmaWrite = dmaWrite;
  }

  /** When the latest frame begins on the wire, in virtual nanoseconds. */
  get start(): number {
    return this.#start;
  }

  /** When the device has dealt with the latest frame, which it may have dropped without an event of the clock. */
  get end(): number {
    return this.#length === 0 ? 0 : this.#start + (this.#line.frameTime(this.#length) + this.#dmaWrite);
  }

  next(frame: WireFrame): boolean {
    const queue = this.#queue;
    const index = queue.next;
    if (index === queue.count) {
      if (!this.ended) this.#clock.stop();
      return false;
    }
    queue.next = index + 1;
    const length = queue.length[index] as number;
    const time = queue.time[index] as number;
    frame.time = time;
    frame.bytes = queue.bytes(index);
    frame.offset = queue.offset[index] as number;
    frame.length = length;
    frame.flags = 0;
    this.bytes += length;
    this.#start = Math.max(time, this.#free);
    this.#free = this.#start + this.#line.slotTime(length);
    this.#length = length;
    return true;
  }
}
