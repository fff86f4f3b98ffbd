import type { Capture, CaptureError, PacketBatch } from '@hookline/pcap';
import type { Output } from '../terminal/output.ts';
import { type CaptureReport, type Dissect, summaryOf } from './capture-report.ts';
import type { Totals } from './totals.ts';

/**
 * One JSON document: `{file, format, packets, capturedBytes, originalBytes, firstTimestampNs, lastTimestampNs, error}`.
 * Listed packets stand in `packetList` before the totals, written as they are read.
 */
export class JsonReport implements CaptureReport {
  readonly #file: string;
  readonly #output: Output;
  readonly #dissect: Dissect;
  #format: string | null = null;
  #listed = 0;

  constructor(file: string, output: Output, dissect: Dissect) {
    this.#file = file;
    this.#output = output;
    this.#dissect = dissect;
  }

  async begin(capture: Capture | undefined): Promise<void> {
    this.#format = capture?.format ?? null;
    if (this.#dissect !== undefined) await this.#output.write('{"packetList": [');
  }

  async list(batch: PacketBatch, count: number): Promise<void> {
    const lines: string[] = [];
    for (let i = 0; i < count; i += 1) {
      lines.push(
        JSON.stringify({
          number: batch.firstNumber + i,
          timestampNs: batch.timestamp(i)?.toString() ?? null,
          interface: batch.interface(i).name ?? null,
          direction: batch.direction(i) ?? null,
          capturedLength: batch.capturedLength[i],
          originalLength: batch.originalLength[i],
          summary: summaryOf(this.#dissect, batch, i),
          comments: batch.comments(i),
        }),
      );
    }
    if (count === 0) return;
    await this.#output.write((this.#listed === 0 ? '\n' : ',\n') + lines.join(',\n'));
    this.#listed += count;
  }

  async end(totals: Totals, error: CaptureError | undefined): Promise<void> {
    const summary = JSON.stringify(
      {
        file: this.#file,
        format: this.#format,
        packets: totals.packets,
        capturedBytes: totals.capturedBytes,
        originalBytes: totals.originalBytes,
        firstTimestampNs: totals.first?.toString() ?? null,
        lastTimestampNs: totals.last?.toString() ?? null,
        error: error?.message ?? null,
      },
      null,
      2,
    );
    await this.#output.line(this.#dissect === undefined ? summary : `\n],${summary.slice(1)}`);
  }
}
