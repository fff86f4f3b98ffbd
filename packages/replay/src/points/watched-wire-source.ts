import type { VirtualClock } from '@hookline/machine';
import type { LineRate, WireFrame } from '@hookline/nic';
import type { FrameQueue } from '../ingest/frame-queue.ts';
import { WireSource } from '../wire-source.ts';
import type { PointCapture } from './point-capture.ts';

/** A wire source whose frames are captured. */
export class WatchedWireSource extends WireSource {
  readonly #capture: PointCapture;

  constructor(queue: FrameQueue, clock: VirtualClock, line: LineRate, dmaWrite: number, capture: PointCapture) {
    super(queue, clock, line, dmaWrite);
    this.#capture = capture;
  }

  override next(frame: WireFrame): boolean {
    if (!super.next(frame)) return false;
    this.#capture.wireRx(frame.bytes.subarray(frame.offset, frame.offset + frame.length), this.start);
    return true;
  }
}
