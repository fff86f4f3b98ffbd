import type { CaptureInterface } from './capture-interface.ts';
import type { Direction, PacketBatch } from './packet-batch.ts';

export type CaptureFormat = 'pcap' | 'pcapng';

/**
 * An opened capture: one pass over its packets, either in batches (fast) or one by one (convenient).
 *
 * A damaged capture yields every packet before the damage, and then the iteration throws one CaptureError.
 * Iterating closes the source at its end, also when the loop is left early.
 */
export interface Capture extends AsyncIterable<Packet> {
  /** The path, or a name for bytes and streams; what error messages start with. */
  readonly file: string;
  readonly format: CaptureFormat;
  readonly compressed: boolean;
  /** The interfaces seen so far; a pcapng file may describe further ones between its packets. */
  readonly interfaces: readonly CaptureInterface[];
  /** Bytes taken from the source so far, as stored (compressed bytes of a gzipped capture). */
  readonly bytesRead: number;
  /** Size of the source as stored, undefined for streams. */
  readonly totalBytes: number | undefined;
  /** The packets in batches that are reused: read a batch before asking for the next. */
  batches(): AsyncIterableIterator<PacketBatch>;
  /** The packets as objects of their own, with copied bytes. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Packet>;
  /** Closes the source without reading on. */
  close(): Promise<void>;
}

/** One packet that lives as long as it is held. */
export interface Packet {
  /** Position in the capture, counted from 1. */
  readonly number: number;
  /** The bytes recorded. */
  readonly bytes: Uint8Array;
  /** Bytes the packet had on the wire. */
  readonly originalLength: number;
  /** Nanoseconds since 1970-01-01 UTC, undefined if the capture has none. */
  readonly timestamp: bigint | undefined;
  readonly interface: CaptureInterface;
  readonly interfaceIndex: number;
  readonly direction: Direction | undefined;
  readonly fcsLength: number | undefined;
  readonly comments: readonly string[];
}

/** Unfolds batches into packet objects. */
export async function* packetsOf(batches: AsyncIterable<PacketBatch>): AsyncGenerator<Packet, void, undefined> {
  for await (const batch of batches) {
    for (let index = 0; index < batch.count; index += 1) {
      yield {
        number: batch.firstNumber + index,
        bytes: batch.packet(index).slice(),
        originalLength: batch.originalLength[index] ?? 0,
        timestamp: batch.timestamp(index),
        interface: batch.interface(index),
        interfaceIndex: batch.interfaceIndex[index] ?? 0,
        direction: batch.direction(index),
        fcsLength: batch.fcsLength(index),
        comments: batch.comments(index),
      };
    }
  }
}
