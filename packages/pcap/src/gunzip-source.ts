import { createGunzip, type Gunzip } from 'node:zlib';
import type { ByteSource } from './byte-source.ts';
import { CaptureError } from './capture-error.ts';

/** Compressed bytes handed over at a time: deflate expands at most about 1032 times, so this bounds the output. */
const SLICE = 0x4000;

/**
 * The decompressed bytes of a gzipped source (RFC 1952).
 *
 * A pipe through the stream would drop what was decompressed before an error; here every byte before the damage is
 * delivered first.
 */
export class GunzipSource implements ByteSource {
  readonly #file: string;
  readonly #source: ByteSource;
  readonly #gunzip: Gunzip;
  readonly #slice = new Uint8Array(SLICE);
  readonly #ended: Promise<void>;
  #output: Uint8Array[] = [];
  #failure: unknown;
  #finished = false;
  #delivered = 0;

  constructor(file: string, source: ByteSource) {
    this.#file = file;
    this.#source = source;
    this.#gunzip = createGunzip();
    this.#gunzip.on('data', (chunk: Uint8Array) => this.#output.push(chunk));
    this.#ended = new Promise((resolve) => {
      this.#gunzip.once('end', resolve);
      this.#gunzip.once('error', (error) => {
        this.#failure = error;
        resolve();
      });
    });
  }

  get totalBytes(): number | undefined {
    return this.#source.totalBytes;
  }

  get bytesRead(): number {
    return this.#source.bytesRead;
  }

  async read(into: Uint8Array): Promise<number> {
    while (this.#output.length === 0) {
      if (this.#failure !== undefined) throw this.#damage();
      if (this.#finished) return 0;
      await this.#step();
    }
    const chunk = this.#output[0] as Uint8Array;
    const part = chunk.subarray(0, into.length);
    into.set(part);
    if (part.length === chunk.length) this.#output.shift();
    else this.#output[0] = chunk.subarray(part.length);
    this.#delivered += part.length;
    return part.length;
  }

  async close(): Promise<void> {
    this.#gunzip.destroy();
    await this.#source.close();
  }

  async #step(): Promise<void> {
    const count = await this.#source.read(this.#slice);
    if (count === 0 || this.#gunzip.readableEnded) {
      this.#gunzip.end();
      await this.#ended;
      this.#finished = true;
      return;
    }
    const written = new Promise<void>((resolve) => {
      this.#gunzip.write(this.#slice.subarray(0, count), () => resolve());
    });
    // After damage, and for bytes behind the end of the gzip data, no callback comes.
    await Promise.race([written, this.#ended]);
  }

  #damage(): CaptureError {
    const cut = this.#failure instanceof Error && 'code' in this.#failure && this.#failure.code === 'Z_BUF_ERROR';
    return new CaptureError(
      cut ? 'CAPTURE_TRUNCATED' : 'CAPTURE_CORRUPT',
      this.#file,
      cut ? 'the gzip data ends too early' : 'the gzip data is damaged',
      { offset: this.#delivered },
      this.#failure,
    );
  }
}
