import type { DeviceOptions, HostOptions } from '@hookline/host';
import type { OpenOptions } from '@hookline/pcap';
import type { BatchEvent } from '../events.ts';
import type { ShapeOptions } from '../ingest/shape-options.ts';
import type { CaptureInput, ReplayProgram } from '../options.ts';

/** What is compared, and on which packets. */
export interface CompareOptions {
  readonly old: ReplayProgram;
  /** Runs at the same hook as the old one. */
  readonly new: ReplayProgram;
  /** One after the other; state that the programs keep goes on. */
  readonly captures: readonly CaptureInput[];
  /** Packets to read at most; all. */
  readonly limit?: number;
  readonly shape?: Partial<ShapeOptions>;
  /** What both programs see as the receiving device; its queues are one. */
  readonly device?: DeviceOptions;
  /** Further devices, as targets of redirects. */
  readonly otherDevices?: readonly DeviceOptions[];
  readonly host?: Omit<HostOptions, 'cpus'>;
  readonly reading?: Omit<OpenOptions, 'name'>;
  /** Hears of each batch of packets that is done. */
  readonly onProgress?: (event: Omit<BatchEvent, 'kind'>) => void;
}
