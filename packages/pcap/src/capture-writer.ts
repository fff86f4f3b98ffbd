import type { Writable } from 'node:stream';
import { type ByteSink, FileSink, MemorySink, StreamSink } from './byte-sink.ts';
import type { CaptureFormat } from './capture.ts';
import { CaptureError } from './capture-error.ts';
import { MAX_INTERFACES, maxCapturedLength } from './capture-interface.ts';
import type { Encoder, InterfaceDescription, PacketRecord } from './encoder.ts';
import { LINK_TYPE } from './link-types.ts';
import { OutputBuffer } from './output-buffer.ts';
import type { Direction } from './packet-batch.ts';
import { PcapEncoder } from './pcap-encoder.ts';
import { PcapngEncoder } from './pcapng-encoder.ts';

export interface WriterOptions {
  /** `pcapng` by default; `pcap` holds one unnamed interface and neither comments nor directions. */
  readonly format?: CaptureFormat;
  /** The first interfaces; one Ethernet interface by default. */
  readonly interfaces?: readonly InterfaceDescription[];
  /** Name for error messages. */
  readonly name?: string;
}

/** A packet to be written. */
export interface PacketToWrite {
  readonly bytes: Uint8Array;
  /** Nanoseconds since 1970-01-01 UTC. */
  readonly timestamp: bigint;
  /** Length on the wire; by default that of `bytes`. */
  readonly originalLength?: number;
  /** Which interface recorded it; the first by default. */
  readonly interfaceIndex?: number;
  readonly direction?: Direction | undefined;
  readonly comments?: readonly string[];
}

const ENCODERS: Readonly<Record<CaptureFormat, () => Encoder>> = {
  pcap: () => new PcapEncoder(),
  pcapng: () => new PcapngEncoder(),
};

const DIRECTION_FLAGS: Readonly<Record<Direction, number>> = { in: 1, out: 2 };
const PER_SECOND = 1_000_000_000;
const FLUSH_AT = 0x4_0000;
const NO_COMMENTS: readonly string[] = [];

/**
 * Writes a capture: nanosecond pcap or pcapng, little-endian, the same bytes for the same calls.
 *
 * Every method throws CaptureError CAPTURE_VALUE for what the format cannot hold, with nothing of it written, and
 * CAPTURE_UNWRITABLE when the file system or the stream refuses.
 */
export class CaptureWriter {
  readonly format: CaptureFormat;
  readonly #file: string;
  readonly #sink: ByteSink;
  readonly #encoder: Encoder;
  readonly #out = new OutputBuffer(FLUSH_AT * 2);
  readonly #longest: number[] = [];
  #packets = 0;
  readonly #record: PacketRecord = {
    bytes: new Uint8Array(0),
    start: 0,
    length: 0,
    originalLength: 0,
    seconds: 0,
    nanoseconds: 0,
    interfaceIndex: 0,
    flags: 0,
    comments: NO_COMMENTS,
  };

  constructor(sink: ByteSink, file: string, options: WriterOptions = {}) {
    this.format = options.format ?? 'pcapng';
    this.#file = file;
    this.#sink = sink;
    this.#encoder = ENCODERS[this.format]();
    this.#encoder.begin(this.#out);
    for (const description of options.interfaces ?? [{}]) this.addInterface(description);
  }

  /** Describes a further interface and returns its index. */
  addInterface(description: InterfaceDescription): number {
    const index = this.#longest.length;
    const refusal =
      index === MAX_INTERFACES
        ? `a capture holds ${MAX_INTERFACES} interfaces`
        : (badInterface(description) ?? this.#encoder.refusesInterface(description, index));
    if (refusal !== undefined) throw new CaptureError('CAPTURE_VALUE', this.#file, refusal);
    this.#encoder.addInterface(this.#out, description, index);
    this.#longest.push(maxCapturedLength(description.linkType ?? LINK_TYPE.ethernet));
    return index;
  }

  /** Writes one packet. */
  write(packet: PacketToWrite): void {
    const seconds = packet.timestamp / BigInt(PER_SECOND);
    const record = this.#record;
    record.comments = packet.comments ?? NO_COMMENTS;
    this.writeRecord(
      packet.bytes,
      0,
      packet.bytes.length,
      packet.originalLength ?? packet.bytes.length,
      Number(seconds),
      Number(packet.timestamp - seconds * BigInt(PER_SECOND)),
      packet.interfaceIndex ?? 0,
      packet.direction === undefined ? 0 : DIRECTION_FLAGS[packet.direction],
    );
  }

  /**
   * Writes the packet `bytes.subarray(start, start + length)` without allocating: the form for hot paths.
   *
   * @param seconds whole seconds since 1970-01-01 UTC
   * @param nanoseconds after `seconds`, 0..999999999
   * @param flags `epb_flags`: 1 received, 2 sent; 0 says nothing
   */
  writeRecord(
    bytes: Uint8Array,
    start: number,
    length: number,
    originalLength: number,
    seconds: number,
    nanoseconds: number,
    interfaceIndex: number,
    flags: number,
  ): void {
    const record = this.#record;
    record.bytes = bytes;
    record.start = start;
    record.length = length;
    record.originalLength = originalLength;
    record.seconds = seconds;
    record.nanoseconds = nanoseconds;
    record.interfaceIndex = interfaceIndex;
    record.flags = flags;
    const refusal = this.#badRecord(record) ?? this.#encoder.refusesPacket(record);
    if (refusal === undefined) {
      this.#encoder.addPacket(this.#out, record);
      this.#packets += 1;
    }
    record.comments = NO_COMMENTS;
    if (refusal !== undefined) {
      throw new CaptureError('CAPTURE_VALUE', this.#file, refusal, { packet: this.#packets + 1 });
    }
    if (this.#out.length >= FLUSH_AT) this.drain();
  }

  /** Hands everything to the sink and waits until it can take more. Call it now and then when writing to a stream. */
  async flush(): Promise<void> {
    this.drain();
    await this.#sink.ready();
  }

  /** Writes what is left and closes the file or stream. */
  async close(): Promise<void> {
    try {
      this.drain();
    } finally {
      await this.#sink.close();
    }
  }

  /** Hands everything to the sink without waiting. */
  drain(): void {
    if (this.#out.length > 0) this.#sink.write(this.#out.contents());
    this.#out.clear();
  }

  #badRecord(record: PacketRecord): string | undefined {
    const { bytes, start, length, originalLength, seconds, nanoseconds, interfaceIndex } = record;
    const longest = this.#longest[interfaceIndex];
    if (longest === undefined) return `there is no interface ${interfaceIndex}`;
    if (!(start >= 0 && length >= 0 && start + length <= bytes.length)) return 'the packet lies outside its buffer';
    if (length > longest) return `a packet of ${length} bytes is longer than readers accept (${longest})`;
    if (!(originalLength >= 0 && originalLength <= 0xffff_ffff)) return `${originalLength} is no original length`;
    if (!(nanoseconds >= 0 && nanoseconds < PER_SECOND)) return `${nanoseconds} nanoseconds are not 0..999999999`;
    if (!(Number.isInteger(seconds) && seconds >= 0 && seconds <= this.#encoder.lastSecond)) {
      return `second ${seconds} is outside 0..${this.#encoder.lastSecond}`;
    }
    return undefined;
  }
}

function badInterface({ linkType = 0, snapLength = 0, fcsLength = 0 }: InterfaceDescription): string | undefined {
  if (!(linkType >= 0 && linkType <= 0xffff)) return `${linkType} is no link type`;
  if (!(snapLength >= 0 && snapLength <= 0xffff_ffff)) return `${snapLength} is no snap length`;
  if (!(fcsLength >= 0 && fcsLength < 16)) return `${fcsLength} is no FCS length in octets`;
  return undefined;
}

/** Creates a capture file, or writes a capture into a stream. */
export function createCapture(target: string | Writable, options: WriterOptions = {}): CaptureWriter {
  const sink = typeof target === 'string' ? new FileSink(target) : new StreamSink(target);
  return new CaptureWriter(sink, options.name ?? (typeof target === 'string' ? target : '<stream>'), options);
}

/** The bytes of a whole capture, for small ones. */
export function encodeCapture(packets: Iterable<PacketToWrite>, options: WriterOptions = {}): Uint8Array {
  const sink = new MemorySink();
  const writer = new CaptureWriter(sink, options.name ?? '<bytes>', options);
  for (const packet of packets) writer.write(packet);
  writer.drain();
  return sink.bytes();
}
