import type { ByteSource } from './byte-source.ts';
import { CaptureError } from './capture-error.ts';
import { Inflater } from './inflater.ts';

/** Compressed bytes handed over at a time: deflate expands at most about 1032 times, so this bounds the output. */
const SLICE = 0x4000;

/**
 * The decompressed bytes of a gzipped source; every byte before damage is delivered before the error.
 *
 * The decompressor drops the output of the call in which it finds damage. A source that can be opened again is
 * therefore decompressed again up to there, with its last slice byte by byte; of a stream up to 16 KiB are lost.
 */
export class GunzipSource implements ByteSource {
  readonly #file: string;
  readonly #source: ByteSource;
  readonly #slice = new Uint8Array(SLICE);
  readonly #inflater = new Inflater();
  #output: Uint8Array[] = [];
  /** The slice that was fed last: its length, and where it starts in the compressed bytes. */
  #sliceLength = 0;
  #sliceStart = 0;
  #finished = false;
  #delivered = 0;

  constructor(file: string, source: ByteSource) {
    this.#file = file;
    this.#source = source;
  }

  get totalBytes(): number | undefined {
    return this.#source.totalBytes;
  }

  get bytesRead(): number {
    return this.#source.bytesRead;
  }

  async read(into: Uint8Array): Promise<number> {
    while (this.#output.length === 0) {
      const { failure } = this.#inflater;
      if (this.#finished) {
        if (failure !== undefined) throw this.#damage(failure);
        return 0;
      }
      if (failure !== undefined) await this.#recover();
      else await this.#step();
      this.#output = this.#output.concat(this.#inflater.take());
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
    this.#inflater.close();
    await this.#source.close();
  }

  async #step(): Promise<void> {
    this.#sliceStart += this.#sliceLength;
    this.#sliceLength = await this.#source.read(this.#slice);
    if (this.#sliceLength > 0) {
      await this.#inflater.feed(this.#slice.subarray(0, this.#sliceLength));
    } else {
      await this.#inflater.finish();
      this.#finished = true;
    }
  }

  /** Damage was found and all that came before it is delivered, but for the output of the last call. */
  async #recover(): Promise<void> {
    this.#finished = true;
    const again = await this.#source.reopen?.();
    if (again === undefined) return;
    const inflater = new Inflater();
    try {
      const piece = new Uint8Array(SLICE);
      let produced = 0;
      for (let at = 0; at < this.#sliceStart; ) {
        const count = await again.read(piece.subarray(0, Math.min(SLICE, this.#sliceStart - at)));
        if (count === 0) return;
        await inflater.feed(piece.subarray(0, count));
        for (const chunk of inflater.take()) produced += chunk.length;
        at += count;
      }
      for (let at = 0; at < this.#sliceLength && inflater.failure === undefined; at += 1) {
        await inflater.feed(this.#slice.subarray(at, at + 1));
      }
      for (const chunk of inflater.take()) {
        const known = Math.min(chunk.length, Math.max(0, this.#delivered - produced));
        if (known < chunk.length) this.#output.push(chunk.subarray(known));
        produced += chunk.length;
      }
    } finally {
      inflater.close();
      await again.close();
    }
  }

  #damage(cause: Error & { code?: string }): CaptureError {
    const cut = cause.code === 'Z_BUF_ERROR';
    return new CaptureError(
      cut ? 'CAPTURE_TRUNCATED' : 'CAPTURE_CORRUPT',
      this.#file,
      cut ? 'the gzip data ends too early' : 'the gzip data is damaged',
      { offset: this.#delivered },
      cause,
    );
  }
}
