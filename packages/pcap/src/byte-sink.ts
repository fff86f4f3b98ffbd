import { closeSync, openSync, writeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { CaptureError } from './capture-error.ts';

/** Where the bytes of a capture go. */
export interface ByteSink {
  /** Takes the bytes over before it returns: the caller reuses the buffer. */
  write(bytes: Uint8Array): void;
  /** Resolves when the sink can take more. */
  ready(): Promise<void>;
  /** Resolves when everything is written. */
  close(): Promise<void>;
}

/** Writes a file synchronously: the order and the bytes are the caller's, there is nothing to wait for. */
export class FileSink implements ByteSink {
  readonly #path: string;
  readonly #descriptor: number;

  constructor(path: string) {
    this.#path = path;
    this.#descriptor = this.#attempt(() => openSync(path, 'w'));
  }

  write(bytes: Uint8Array): void {
    let done = 0;
    while (done < bytes.length) {
      done += this.#attempt(() => writeSync(this.#descriptor, bytes, done));
    }
  }

  async ready(): Promise<void> {}

  async close(): Promise<void> {
    this.#attempt(() => closeSync(this.#descriptor));
  }

  #attempt<T>(action: () => T): T {
    try {
      return action();
    } catch (cause) {
      throw unwritable(this.#path, cause);
    }
  }
}

/** Writes into a Node stream and keeps its back-pressure. */
export class StreamSink implements ByteSink {
  readonly #stream: Writable;
  readonly #finished: Promise<void>;
  #failure: CaptureError | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
    this.#finished = finished(stream, { readable: false }).catch((cause: unknown) => {
      this.#failure = unwritable('<stream>', cause);
    });
  }

  write(bytes: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#stream.write(bytes.slice());
  }

  async ready(): Promise<void> {
    if (this.#stream.writableNeedDrain) {
      await Promise.race([new Promise((resolve) => this.#stream.once('drain', resolve)), this.#finished]);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  async close(): Promise<void> {
    this.#stream.end();
    await this.#finished;
    if (this.#failure !== undefined) throw this.#failure;
  }
}

/** Collects the bytes. */
export class MemorySink implements ByteSink {
  readonly #chunks: Uint8Array[] = [];

  write(bytes: Uint8Array): void {
    this.#chunks.push(bytes.slice());
  }

  async ready(): Promise<void> {}

  async close(): Promise<void> {}

  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#chunks));
  }
}

function unwritable(file: string, cause: unknown): CaptureError {
  const what = `cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new CaptureError('CAPTURE_UNWRITABLE', file, what, {}, cause);
}
