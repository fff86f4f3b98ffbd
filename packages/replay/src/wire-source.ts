import type { VirtualClock } from '@hookline/machine';
import type { FrameSource, WireFrame } from '@hookline/nic';
import type { FrameQueue } from './ingest/frame-queue.ts';

/** Hands the queue's frames to a device's wire, and holds the clock while the next ones are being read. */
export class WireSource implements FrameSource {
  /** Whether no more frames will come. */
  ended = false;
  /** Bytes handed over, without FCS. */
  bytes = 0;
  readonly #queue: FrameQueue;
  readonly #clock: VirtualClock;

  constructor(queue: FrameQueue, clock: VirtualClock) {
    this.#queue = queue;
    this.#clock = clock;
  }

  next(frame: WireFrame): boolean {
    const queue = this.#queue;
    const index = queue.next;
    if (index === queue.count) {
      if (!this.ended) this.#clock.stop();
      return false;
    }
    queue.next = index + 1;
    frame.time = queue.time[index] as number;
    frame.bytes = queue.bytes(index);
    frame.offset = queue.offset[index] as number;
    frame.length = queue.length[index] as number;
    frame.flags = 0;
    this.bytes += frame.length;
    return true;
  }
}
