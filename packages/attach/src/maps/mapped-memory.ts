import { BpfError, errnoName } from '@hookline/bpf';
import { native } from '../syscall/native.ts';

const PROTECTION = { read: 1, readWrite: 3 } as const;
const MAP_SHARED = 1;
const MAP_FAILED = 2n ** 64n - 1n;

/** A part of a file descriptor's memory, mapped into this process until it is disposed of. */
export class MappedMemory implements Disposable {
  #buffer: ArrayBuffer | undefined;
  readonly #address: bigint;
  readonly #length: number;

  /**
   * @param options offset and length are multiples of the page size
   * @throws BpfError with the errno of mmap(2)
   */
  constructor(
    fd: number,
    options: { readonly offset: number; readonly length: number; readonly access: keyof typeof PROTECTION },
  ) {
    const kernel = native();
    const { offset, length, access } = options;
    const address = BigInt(kernel.mmap(0n, length, PROTECTION[access], MAP_SHARED, fd, offset));
    if (BigInt.asUintN(64, address) === MAP_FAILED) {
      const code = errnoName(kernel.errno());
      throw new BpfError(
        code,
        `${length} bytes of a ring cannot be mapped (${code}): make the ring smaller, or raise \`ulimit -l\`.`,
      );
    }
    this.#address = address;
    this.#length = length;
    this.#buffer = kernel.memory(address, length);
  }

  /** The memory itself; never to be kept beyond the disposal of this. */
  get buffer(): ArrayBuffer {
    if (this.#buffer === undefined) {
      throw new BpfError('EBADF', 'The ring was disposed of: drain it before that, or load the object again.');
    }
    return this.#buffer;
  }

  [Symbol.dispose](): void {
    if (this.#buffer === undefined) return;
    this.#buffer = undefined;
    native().munmap(this.#address, this.#length);
  }
}
