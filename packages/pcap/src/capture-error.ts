/**
 * What can be wrong with a capture, and what to do about it. The remedy is the last sentence of every message.
 */
const REMEDIES = {
  CAPTURE_NOT_FOUND: 'Check the path.',
  CAPTURE_IS_DIRECTORY: 'Name a capture file in it.',
  CAPTURE_UNREADABLE: 'Check permissions and that the source delivers bytes.',
  CAPTURE_EMPTY: 'Record it again, or check that the recording had permission to write.',
  CAPTURE_NOT_A_CAPTURE: 'Give a pcap or pcapng file, plain or gzipped.',
  CAPTURE_UNSUPPORTED: 'Convert it with: editcap -F pcapng <file> <new file>.',
  CAPTURE_TRUNCATED: 'The packets before this place are good; copy the file again if you need the rest.',
  CAPTURE_CORRUPT: 'The packets before this place are good; the rest cannot be found reliably.',
  CAPTURE_CONSUMED: 'Open the capture again for another pass.',
  CAPTURE_UNWRITABLE: 'Check the path, its permissions and the free space.',
  CAPTURE_VALUE: 'Correct the value; pcapng holds more than pcap.',
} as const;

export type CaptureErrorCode = keyof typeof REMEDIES;

/** Where in a capture something is wrong. */
export interface CapturePlace {
  /** Byte offset of the damaged record from the start of the file; of the decompressed bytes in a gzipped one. */
  readonly offset?: number | undefined;
  /** Number of the packet that could not be read, counted from 1. */
  readonly packet?: number | undefined;
}

/**
 * The one error that reading or writing a capture throws for bad input.
 *
 * `message` names the file, the place and the remedy in one line.
 */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
  readonly code: CaptureErrorCode;
  readonly offset: number | undefined;
  readonly packet: number | undefined;

  constructor(code: CaptureErrorCode, file: string, what: string, place: CapturePlace = {}, cause?: unknown) {
    super(`${file}: ${what}${describe(place)}. ${REMEDIES[code]}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.offset = place.offset;
    this.packet = place.packet;
  }
}

function describe({ offset, packet }: CapturePlace): string {
  const parts: string[] = [];
  if (packet !== undefined) parts.push(`packet ${packet}`);
  if (offset !== undefined) parts.push(`byte ${offset}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
