import { checkInteger, MachineArgumentError } from './arguments.ts';

/** Pages of a WebAssembly memory (64 KiB each); 65 536 of them are the whole 32-bit address space. */
const PAGE_SIZE = 65_536;
const MAX_PAGES = 65_536;
const MAX_ALIGNMENT = 2 ** 30;

/**
 * The part of `WebAssembly.Memory` that is used. TypeScript declares the WebAssembly names only together with the
 * browser's (`lib.dom`), and declaring them globally here would clash with those in a project that has both.
 */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}
declare const WebAssembly: {
  readonly Memory: new (descriptor: { readonly initial: number; readonly maximum: number }) => WasmMemory;
};

/** The first 64 KiB are never handed out, and a memory without a page behind them could hold nothing. */
const MIN_PAGES = 2;

/** Thrown when the simulated machine's memory cannot hold what is asked of it. */
export class MemoryExhaustedError extends Error {
  readonly code = 'MEMORY_EXHAUSTED';
}

/**
 * The one memory of a simulated machine: rings, frames, stacks, contexts and map values all live here.
 *
 * An address is an unsigned 32-bit byte offset. The first 64 KiB are never handed out, so 0 is NULL and NULL + field
 * is no valid address either. The memory is created at its final size (growing would detach every view); the
 * operating system commits pages when they are first touched, so an unused gigabyte costs nothing. All views are
 * little-endian, as eBPF is on the machines it is simulated for.
 */
export class LinearMemory {
  readonly memory: WasmMemory;
  readonly bytes: Uint8Array;
  readonly halves: Uint16Array;
  readonly words: Int32Array;
  readonly view: DataView;
  /** Size in bytes. */
  readonly size: number;
  #next = PAGE_SIZE;

  /**
   * @param pages 64 KiB pages to reserve, 2..65 536; the default, 65 536, is the whole 32-bit space.
   * @throws MachineArgumentError for any other number
   */
  constructor(pages: number = MAX_PAGES) {
    checkInteger(pages, 'pages of linear memory', MIN_PAGES, MAX_PAGES);
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const buffer = this.memory.buffer;
    this.bytes = new Uint8Array(buffer);
    this.halves = new Uint16Array(buffer);
    this.words = new Int32Array(buffer);
    this.view = new DataView(buffer);
    this.size = buffer.byteLength;
  }

  /** Bytes that `reserve` can still hand out. */
  get available(): number {
    return this.size - this.#next;
  }

  /**
   * Reserves an address range for as long as the memory lives; it reads as zeros and costs nothing until touched.
   *
   * @param bytes length of the range
   * @param purpose what it is for, in the words of the error message ("map denied")
   * @param alignment a power of two, at least 1
   * @returns the address of its first byte
   * @throws MemoryExhaustedError with the sizes
   * @throws MachineArgumentError for a length that is no length, or an alignment that is no power of two
   */
  reserve(bytes: number, purpose: string, alignment = 8): number {
    checkInteger(bytes, `the length of ${purpose}`, 0, Number.MAX_SAFE_INTEGER);
    checkInteger(alignment, `the alignment of ${purpose}`, 1, MAX_ALIGNMENT);
    if ((alignment & (alignment - 1)) !== 0) {
      throw new MachineArgumentError(`the alignment of ${purpose} is ${alignment}: give a power of two.`);
    }
    const start = Math.ceil(this.#next / alignment) * alignment;
    if (start + bytes > this.size) {
      throw new MemoryExhaustedError(
        `${purpose} needs ${bytes} bytes, but only ${this.available} of the machine's ${this.size} are left: ` +
          'ask for fewer entries, smaller values or fewer simulated CPUs.',
      );
    }
    this.#next = start + bytes;
    return start;
  }
}
