import { type Capture, type Packet, packetsOf } from './capture.ts';
import { CaptureError } from './capture-error.ts';
import type { CaptureInterface } from './capture-interface.ts';
import { PacketBatch } from './packet-batch.ts';

/** The part of a parser of the npm package `pcap-parser` that is used: what its `parse()` returns. */
export interface PcapParser {
  on(event: 'globalHeader', listener: (header: PcapParserGlobalHeader) => void): unknown;
  on(event: 'packetHeader', listener: () => void): unknown;
  on(event: 'packet', listener: (packet: PcapParserPacket) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  /** The stream it reads; paused while packets wait. */
  readonly stream?: { pause(): unknown; resume(): unknown; destroy?(): unknown };
  /** Bytes it has not parsed; what is left at the end was cut off. */
  readonly buffer?: Uint8Array | null;
}

export interface PcapParserGlobalHeader {
  readonly snapshotLength: number;
  readonly linkLayerType: number;
}

export interface PcapParserPacket {
  readonly header: {
    readonly timestampSeconds: number;
    readonly timestampMicroseconds: number;
    readonly capturedLength: number;
    readonly originalLength: number;
  };
  readonly data: Uint8Array;
}

const BATCH_SIZE = 4096;
/** Packets that may wait before the stream is paused. */
const HIGH_WATER = 2 * BATCH_SIZE;
const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const MICROSECONDS = 1_000_000;

/**
 * Reads a capture from a parser of the npm package `pcap-parser`. Call it in the same turn as `parse()`: the parser
 * starts on the next one.
 *
 * The parser knows microsecond pcap only. It says nothing about a record that is cut off at the end; this adapter
 * throws CAPTURE_TRUNCATED for it, as {@link openCapture} does.
 */
export function fromPcapParser(parser: PcapParser, name = '<pcap-parser>'): Capture {
  return new PcapParserCapture(parser, name);
}

class PcapParserCapture implements Capture {
  readonly file: string;
  readonly format = 'pcap';
  readonly compressed = false;
  readonly interfaces: CaptureInterface[] = [];
  readonly totalBytes = undefined;
  bytesRead = 0;
  readonly #parser: PcapParser;
  readonly #batch: PacketBatch;
  #waiting: PcapParserPacket[] = [];
  #taken = 0;
  /** A packet's header was parsed, its bytes were not. */
  #inPacket = false;
  #ended = false;
  #failure: Error | undefined;
  #iterated = false;
  #wake: () => void = () => {};

  constructor(parser: PcapParser, file: string) {
    this.file = file;
    this.#parser = parser;
    this.#batch = new PacketBatch(BATCH_SIZE, this.interfaces);
    parser.on('globalHeader', (header) => this.#begin(header));
    parser.on('packetHeader', () => {
      this.#inPacket = true;
    });
    parser.on('packet', (packet) => this.#add(packet));
    parser.on('error', (error) => {
      this.#failure ??= error;
      this.#wake();
    });
    parser.on('end', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  async *batches(): AsyncGenerator<PacketBatch, void, undefined> {
    if (this.#iterated) throw new CaptureError('CAPTURE_CONSUMED', this.file, 'was read already');
    this.#iterated = true;
    try {
      for (;;) {
        if (this.#taken < this.#waiting.length) {
          this.#fill();
          yield this.#batch;
        } else if (this.#failure !== undefined) {
          throw this.#parserError(this.#failure);
        } else if (this.#ended) {
          break;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
            this.#parser.stream?.resume();
          });
        }
      }
      this.#checkEnd();
    } finally {
      await this.close();
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<Packet, void, undefined> {
    return packetsOf(this.batches());
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.#waiting = [];
    this.#taken = 0;
    this.#parser.stream?.destroy?.();
  }

  #begin({ snapshotLength, linkLayerType }: PcapParserGlobalHeader): void {
    this.bytesRead = FILE_HEADER;
    this.interfaces.push({
      linkType: linkLayerType & 0xffff,
      snapLength: snapshotLength,
      name: undefined,
      description: undefined,
      fcsLength: undefined,
      resolution: { base: 10, exponent: 6 },
      timestampOffset: 0n,
    });
  }

  #add(packet: PcapParserPacket): void {
    this.#inPacket = false;
    this.#waiting.push(packet);
    if (this.#waiting.length - this.#taken >= HIGH_WATER) this.#parser.stream?.pause();
    this.#wake();
  }

  /** Moves waiting packets into the batch, with the gaps of their record headers, so that file offsets hold. */
  #fill(): void {
    const batch = this.#batch;
    const count = Math.min(this.#waiting.length - this.#taken, batch.capacity);
    const packets = this.#waiting.slice(this.#taken, this.#taken + count);
    const size = packets.reduce((sum, { data }) => sum + RECORD_HEADER + data.length, 0);
    if (batch.bytes.length < size) batch.bytes = new Uint8Array(size);
    batch.firstNumber += batch.count;
    batch.base = this.bytesRead;
    batch.count = count;
    let at = 0;
    for (const [index, { header, data }] of packets.entries()) {
      const carry = Math.floor(header.timestampMicroseconds / MICROSECONDS);
      at += RECORD_HEADER;
      batch.bytes.set(data, at);
      batch.offset[index] = at;
      batch.capturedLength[index] = data.length;
      batch.originalLength[index] = header.originalLength;
      batch.seconds[index] = header.timestampSeconds + carry;
      batch.nanoseconds[index] = (header.timestampMicroseconds - carry * MICROSECONDS) * 1000;
      at += data.length;
    }
    this.bytesRead += size;
    this.#taken += count;
    if (this.#taken === this.#waiting.length) {
      this.#waiting = [];
      this.#taken = 0;
    }
  }

  #checkEnd(): void {
    const left = this.#parser.buffer?.length ?? 0;
    if (this.interfaces.length === 0) {
      const code = left === 0 ? 'CAPTURE_EMPTY' : 'CAPTURE_TRUNCATED';
      throw new CaptureError(code, this.file, left === 0 ? 'is empty' : 'ends inside its header', { offset: 0 });
    }
    if (this.#inPacket || left > 0) {
      throw new CaptureError('CAPTURE_TRUNCATED', this.file, 'ends inside a packet', {
        offset: this.bytesRead,
        packet: this.#batch.firstNumber + this.#batch.count,
      });
    }
  }

  #parserError(cause: Error): CaptureError {
    if (this.interfaces.length === 0 && !('code' in cause)) {
      return new CaptureError('CAPTURE_NOT_A_CAPTURE', this.file, `pcap-parser reports: ${cause.message}`, {}, cause);
    }
    return new CaptureError('CAPTURE_UNREADABLE', this.file, `cannot be read: ${cause.message}`, {}, cause);
  }
}
