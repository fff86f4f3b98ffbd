import type { Report } from './report/report.ts';
import type { SampleEvent } from './sampler.ts';

/** A stretch of a capture has gone through the host. */
export interface BatchEvent {
  readonly kind: 'batch';
  readonly file: string;
  /** Packets read so far, over all captures and passes. */
  readonly packets: number;
  /** Bytes of this capture read so far, and in all where that is known. */
  readonly bytesRead: number;
  readonly totalBytes: number | undefined;
  readonly virtualTimeNs: number;
}

export interface ReportEvent {
  readonly kind: 'report';
  readonly report: Report;
}

export type ReplayEvent = BatchEvent | SampleEvent | ReportEvent;
