import { fileURLToPath } from 'node:url';
import { type ByteSource, MemorySource, openFile, PrefixedSource, StreamSource } from './byte-source.ts';
import { ByteWindow } from './byte-window.ts';
import { type Capture, type CaptureFormat, type Packet, packetsOf } from './capture.ts';
import { CaptureError } from './capture-error.ts';
import type { CaptureInterface } from './capture-interface.ts';
import type { Decoder } from './decoder.ts';
import { foreignFormat } from './foreign-formats.ts';
import { GunzipSource } from './gunzip-source.ts';
import { PacketBatch } from './packet-batch.ts';
import { isPcapMagic, PCAP_FILE_HEADER, PcapDecoder } from './pcap-decoder.ts';
import { SECTION_HEADER } from './pcapng-blocks.ts';
import { PcapngDecoder } from './pcapng-decoder.ts';

/** What a capture can be read from: a path, its bytes, or a stream of them. */
export type CaptureSource = string | URL | Uint8Array | AsyncIterable<Uint8Array>;

export interface OpenOptions {
  /** Name for error messages; by default the path, or `<bytes>` and `<stream>`. */
  readonly name?: string;
  /** Most packets in a batch; 4096 by default. */
  readonly batchSize?: number;
  /** Bytes read at a time, and memory held, unless a packet is larger; 2 MiB by default. */
  readonly bufferSize?: number;
}

const BATCH_SIZE = 4096;
const BUFFER_SIZE = 0x20_0000;
const SMALLEST_BUFFER = 64;
const GZIP_MAGIC = 0x1f8b;

/**
 * Opens a capture and reads its header: pcap (micro- and nanoseconds, modified, either byte order) or pcapng, also
 * gzipped, recognised by their first bytes and never by name.
 *
 * @throws CaptureError CAPTURE_NOT_FOUND, CAPTURE_IS_DIRECTORY, CAPTURE_UNREADABLE, CAPTURE_EMPTY,
 *   CAPTURE_NOT_A_CAPTURE, CAPTURE_UNSUPPORTED, or CAPTURE_TRUNCATED and CAPTURE_CORRUPT for a damaged header.
 */
export async function openCapture(source: CaptureSource, options: OpenOptions = {}): Promise<Capture> {
  const { file, bytes } = await openSource(source, options.name);
  const size = Math.min(options.bufferSize ?? BUFFER_SIZE, Math.max(bytes.totalBytes ?? Number.POSITIVE_INFINITY, 1));
  const reader = new CaptureReader(file, bytes, Math.max(size, SMALLEST_BUFFER));
  try {
    return await reader.open(options.batchSize ?? BATCH_SIZE);
  } catch (error) {
    await reader.close();
    throw error;
  }
}

async function openSource(
  source: CaptureSource,
  name: string | undefined,
): Promise<{ file: string; bytes: ByteSource }> {
  if (typeof source === 'string' || source instanceof URL) {
    const path = typeof source === 'string' ? source : fileURLToPath(source);
    return { file: name ?? path, bytes: await openFile(path) };
  }
  if (source instanceof Uint8Array) return { file: name ?? '<bytes>', bytes: new MemorySource(source) };
  const file = name ?? '<stream>';
  return { file, bytes: new StreamSource(file, source) };
}

class CaptureReader implements Capture {
  readonly file: string;
  compressed = false;
  readonly #window: ByteWindow;
  #source: ByteSource;
  #opened: { format: CaptureFormat; decoder: Decoder; batch: PacketBatch } | undefined;
  #iterated = false;

  constructor(file: string, source: ByteSource, bufferSize: number) {
    this.file = file;
    this.#source = source;
    this.#window = new ByteWindow(bufferSize);
  }

  get format(): CaptureFormat {
    return this.#state.format;
  }

  get interfaces(): readonly CaptureInterface[] {
    return this.#state.decoder.interfaces;
  }

  get bytesRead(): number {
    return this.#source.bytesRead;
  }

  get totalBytes(): number | undefined {
    return this.#source.totalBytes;
  }

  async open(batchSize: number): Promise<this> {
    await this.#need(4);
    if (this.#window.available >= 2 && this.#window.view.getUint16(0) === GZIP_MAGIC) await this.#decompress();
    const { format, decoder } = await this.#recognise();
    this.#opened = { format, decoder, batch: new PacketBatch(batchSize, decoder.interfaces) };
    return this;
  }

  async *batches(): AsyncGenerator<PacketBatch, void, undefined> {
    const { decoder, batch } = this.#state;
    if (this.#iterated) throw new CaptureError('CAPTURE_CONSUMED', this.file, 'was read already');
    this.#iterated = true;
    const window = this.#window;
    try {
      for (;;) {
        batch.firstNumber += batch.count;
        batch.count = 0;
        let failure: unknown;
        try {
          decoder.decode(window, batch);
        } catch (error) {
          failure = error;
        }
        if (batch.count > 0) {
          batch.bytes = window.bytes;
          batch.base = window.base;
          yield batch;
        }
        if (failure !== undefined) throw failure;
        if (window.wanted === 0 || window.available >= window.wanted) continue;
        if ((await this.#fill()) === 0) break;
      }
      batch.firstNumber += batch.count;
      decoder.end(window, batch.firstNumber);
    } finally {
      await this.close();
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<Packet, void, undefined> {
    return packetsOf(this.batches());
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  get #state(): { format: CaptureFormat; decoder: Decoder; batch: PacketBatch } {
    if (this.#opened === undefined) throw new Error('The capture is not open yet.');
    return this.#opened;
  }

  async #recognise(): Promise<{ format: CaptureFormat; decoder: Decoder }> {
    const window = this.#window;
    if (window.available === 0) {
      throw new CaptureError('CAPTURE_EMPTY', this.file, 'is empty', { offset: 0 });
    }
    const magic = window.available < 4 ? 0 : window.view.getUint32(window.start);
    if (magic === SECTION_HEADER) return { format: 'pcapng', decoder: new PcapngDecoder(this.file) };
    if (isPcapMagic(magic)) {
      await this.#need(PCAP_FILE_HEADER);
      if (window.available < PCAP_FILE_HEADER) {
        throw new CaptureError('CAPTURE_TRUNCATED', this.file, `ends inside its header of ${PCAP_FILE_HEADER} bytes`, {
          offset: 0,
        });
      }
      return { format: 'pcap', decoder: new PcapDecoder(this.file, window) };
    }
    const head = window.bytes.subarray(window.start, window.end);
    throw new CaptureError('CAPTURE_NOT_A_CAPTURE', this.file, foreignFormat(head), { offset: 0 });
  }

  /** What was read so far turns out to be compressed: start again from the decompressed bytes. */
  async #decompress(): Promise<void> {
    const window = this.#window;
    const prefix = window.bytes.slice(window.start, window.end);
    this.#source = new GunzipSource(this.file, new PrefixedSource(prefix, this.#source));
    this.compressed = true;
    window.reset();
    await this.#need(4);
  }

  /** Reads until that many bytes are there or no more come. */
  async #need(count: number): Promise<void> {
    this.#window.wanted = count;
    while (this.#window.available < count && (await this.#fill()) > 0);
  }

  async #fill(): Promise<number> {
    const count = await this.#source.read(this.#window.room());
    this.#window.end += count;
    return count;
  }
}
