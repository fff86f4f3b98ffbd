import type { dissect } from '@hookline/packet';
import type { Capture, CaptureError, PacketBatch } from '@hookline/pcap';
import type { Totals } from './totals.ts';

/** What a report needs to list packets; undefined if none are listed. */
export type Dissect = typeof dissect | undefined;

/** A packet of a batch in one line, as tcpdump would show it. */
export function summaryOf(dissectPacket: Dissect, batch: PacketBatch, index: number): string {
  const { linkType } = batch.interface(index);
  return dissectPacket?.(batch.packet(index), linkType, batch.originalLength[index]).summary ?? '';
}

/** How a capture is shown: its packets as they come, if they are wanted, then what they add up to. */
export interface CaptureReport {
  /** Called once, before any packet; `capture` is undefined if it could not be opened. */
  begin(capture: Capture | undefined): Promise<void>;
  /** Lists the first `count` packets of a batch. */
  list(batch: PacketBatch, count: number): Promise<void>;
  /** Called once, after the last packet, also if an error ended the capture. */
  end(totals: Totals, error: CaptureError | undefined): Promise<void>;
}
