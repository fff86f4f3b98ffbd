import { createGunzip, type Gunzip } from 'node:zlib';

/**
 * A gzip decompressor (RFC 1952) that is fed piece by piece and keeps what it has produced when it fails, which a
 * pipe would drop.
 */
export class Inflater {
  /** Why it stopped, undefined as long as the data is good. */
  failure: (Error & { code?: string }) | undefined;
  readonly #gunzip: Gunzip = createGunzip();
  readonly #ended: Promise<void>;
  #output: Uint8Array[] = [];

  constructor() {
    this.#gunzip.on('data', (chunk: Uint8Array) => this.#output.push(chunk));
    this.#ended = new Promise((resolve) => {
      this.#gunzip.once('end', resolve);
      this.#gunzip.once('error', (error) => {
        this.failure = error;
        resolve();
      });
    });
  }

  /** Decompresses a piece; the buffer may be reused afterwards. */
  async feed(piece: Uint8Array): Promise<void> {
    if (this.#gunzip.readableEnded || this.failure !== undefined) return;
    const written = new Promise<void>((resolve) => {
      this.#gunzip.write(piece, () => resolve());
    });
    // After damage, and for bytes behind the end of the gzip data, no callback comes.
    await Promise.race([written, this.#ended]);
  }

  /** Says that no more comes; fails if the data is not complete. */
  async finish(): Promise<void> {
    this.#gunzip.end();
    await this.#ended;
  }

  /** Takes what was produced since the last time. */
  take(): Uint8Array[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }

  close(): void {
    this.#gunzip.destroy();
  }
}
