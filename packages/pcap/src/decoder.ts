import type { ByteWindow } from './byte-window.ts';
import { CaptureError, type CaptureErrorCode } from './capture-error.ts';
import type { CaptureInterface } from './capture-interface.ts';
import type { PacketBatch } from './packet-batch.ts';

/** Turns the bytes of one capture format into packets. */
export interface Decoder {
  readonly interfaces: readonly CaptureInterface[];
  /**
   * Consumes whole records from the window and appends their packets to the batch, until the batch is full or the
   * window holds no further whole record; then it leaves in `window.wanted` how many bytes it needs.
   *
   * @throws CaptureError at the first damaged record; the packets before it are in the batch.
   */
  decode(window: ByteWindow, batch: PacketBatch): void;
  /**
   * Called when no more bytes will come and nothing more could be decoded.
   *
   * @param nextPacket number of the packet that would have come next
   * @throws CaptureError CAPTURE_TRUNCATED if the file ends inside a record.
   */
  end(window: ByteWindow, nextPacket: number): void;
}

/** The error for a damaged record at window offset `at`, while packet `batch.count` was about to be read. */
export function damageAt(
  code: CaptureErrorCode,
  what: string,
  file: string,
  window: ByteWindow,
  at: number,
  batch: PacketBatch,
): CaptureError {
  return new CaptureError(code, file, what, { offset: window.base + at, packet: batch.firstNumber + batch.count });
}

/** Says how much of the record at the window's start is there. */
export function cutShort(window: ByteWindow): string {
  return `ends ${window.available} bytes into a record of at least ${window.wanted}`;
}
