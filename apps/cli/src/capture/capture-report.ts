import type { Capture, CaptureError, PacketBatch } from '@hookline/pcap';
import type { Totals } from './totals.ts';

/** How a capture is shown: its packets as they come, if they are wanted, then what they add up to. */
export interface CaptureReport {
  /** Called once, before any packet; `capture` is undefined if it could not be opened. */
  begin(capture: Capture | undefined): Promise<void>;
  /** Lists the first `count` packets of a batch. */
  list(batch: PacketBatch, count: number): Promise<void>;
  /** Called once, after the last packet, also if an error ended the capture. */
  end(totals: Totals, error: CaptureError | undefined): Promise<void>;
}
