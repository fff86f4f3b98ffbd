import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { CaptureError, type CaptureErrorCode } from './capture-error.ts';

/** Where the bytes of a capture come from. */
export interface ByteSource {
  /** Size of the whole as stored, undefined if it cannot be known. */
  readonly totalBytes: number | undefined;
  /** Bytes taken so far, as stored. */
  readonly bytesRead: number;
  /** Fills some of `into` (never empty) and returns how many bytes; 0 at the end. */
  read(into: Uint8Array): Promise<number>;
  close(): Promise<void>;
  /** The same bytes from the start, where that is possible. */
  reopen?(): Promise<ByteSource | undefined>;
}

/** A file, a device or a pipe. Opening throws CAPTURE_NOT_FOUND, CAPTURE_IS_DIRECTORY or CAPTURE_UNREADABLE. */
export async function openFile(path: string): Promise<ByteSource> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY);
    const stat = await handle.stat();
    if (stat.isDirectory()) throw new CaptureError('CAPTURE_IS_DIRECTORY', path, 'is a directory, not a capture');
    return new FileSource(path, handle, stat.isFile() ? stat.size : undefined);
  } catch (cause) {
    await handle?.close();
    throw fileError(path, cause);
  }
}

class FileSource implements ByteSource {
  readonly totalBytes: number | undefined;
  bytesRead = 0;
  readonly #path: string;
  readonly #handle: FileHandle;

  constructor(path: string, handle: FileHandle, totalBytes: number | undefined) {
    this.#path = path;
    this.#handle = handle;
    this.totalBytes = totalBytes;
  }

  async read(into: Uint8Array): Promise<number> {
    try {
      const { bytesRead } = await this.#handle.read(into, 0, into.length, null);
      this.bytesRead += bytesRead;
      return bytesRead;
    } catch (cause) {
      throw fileError(this.#path, cause);
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  async reopen(): Promise<ByteSource | undefined> {
    return this.totalBytes === undefined ? undefined : openFile(this.#path);
  }
}

/** Bytes that are in memory already. */
export class MemorySource implements ByteSource {
  readonly totalBytes: number;
  bytesRead = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.totalBytes = bytes.length;
  }

  async read(into: Uint8Array): Promise<number> {
    const part = this.#bytes.subarray(this.bytesRead, this.bytesRead + into.length);
    into.set(part);
    this.bytesRead += part.length;
    return part.length;
  }

  async close(): Promise<void> {}

  async reopen(): Promise<ByteSource> {
    return new MemorySource(this.#bytes);
  }
}

/** A Node stream, or anything else that yields chunks of bytes. */
export class StreamSource implements ByteSource {
  readonly totalBytes = undefined;
  bytesRead = 0;
  readonly #file: string;
  readonly #chunks: AsyncIterator<unknown>;
  #chunk: Uint8Array = new Uint8Array(0);
  #used = 0;

  constructor(file: string, stream: AsyncIterable<unknown>) {
    this.#file = file;
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async read(into: Uint8Array): Promise<number> {
    while (this.#used === this.#chunk.length) {
      const next = await this.#next();
      if (next === undefined) return 0;
      this.#chunk = next;
      this.#used = 0;
    }
    const part = this.#chunk.subarray(this.#used, this.#used + into.length);
    into.set(part);
    this.#used += part.length;
    this.bytesRead += part.length;
    return part.length;
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #next(): Promise<Uint8Array | undefined> {
    let result: IteratorResult<unknown>;
    try {
      result = await this.#chunks.next();
    } catch (cause) {
      throw fileError(this.#file, cause);
    }
    if (result.done) return undefined;
    if (result.value instanceof Uint8Array) return result.value;
    throw new CaptureError('CAPTURE_UNREADABLE', this.#file, `the stream yields a ${typeof result.value}, not bytes`);
  }
}

/** Bytes that were read already, then the rest of their source. */
export class PrefixedSource implements ByteSource {
  readonly #prefix: MemorySource;
  readonly #rest: ByteSource;

  constructor(prefix: Uint8Array, rest: ByteSource) {
    this.#prefix = new MemorySource(prefix);
    this.#rest = rest;
  }

  get totalBytes(): number | undefined {
    return this.#rest.totalBytes;
  }

  get bytesRead(): number {
    return this.#rest.bytesRead;
  }

  async read(into: Uint8Array): Promise<number> {
    return (await this.#prefix.read(into)) || this.#rest.read(into);
  }

  close(): Promise<void> {
    return this.#rest.close();
  }

  /** The prefix came out of the source, so that the source opened again has it. */
  async reopen(): Promise<ByteSource | undefined> {
    return this.#rest.reopen?.();
  }
}

const FILE_ERRORS: Readonly<Record<string, readonly [CaptureErrorCode, string]>> = {
  ENOENT: ['CAPTURE_NOT_FOUND', 'does not exist'],
  ENOTDIR: ['CAPTURE_NOT_FOUND', 'does not exist'],
  EISDIR: ['CAPTURE_IS_DIRECTORY', 'is a directory, not a capture'],
  EACCES: ['CAPTURE_UNREADABLE', 'may not be read'],
};

/** Gives an error of the file system or of a stream the shape of every other capture error. */
export function fileError(file: string, cause: unknown): CaptureError {
  if (cause instanceof CaptureError) return cause;
  const errno = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const [code, what] = FILE_ERRORS[errno] ?? ['CAPTURE_UNREADABLE', `cannot be read: ${sentence(cause)}`];
  return new CaptureError(code, file, what, {}, cause);
}

function sentence(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
