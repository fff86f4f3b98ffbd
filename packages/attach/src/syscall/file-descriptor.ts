import { closeSync } from 'node:fs';
import { BpfError } from '@hookline/bpf';

/** A file descriptor with one owner. */
export class FileDescriptor implements Disposable {
  #number: number;
  readonly #what: string;

  /** @param what what it is, for the error after it was closed: "map 'denied'" */
  constructor(number: number, what: string) {
    this.#number = number;
    this.#what = what;
  }

  /** @throws BpfError EBADF once it is closed */
  get number(): number {
    this.requireOpen();
    return this.#number;
  }

  /** @throws BpfError EBADF once it is closed */
  requireOpen(): void {
    if (this.#number >= 0) return;
    throw new BpfError('EBADF', `${this.#what} was disposed of: use it before that, or load it again.`);
  }

  get closed(): boolean {
    return this.#number < 0;
  }

  [Symbol.dispose](): void {
    const number = this.#number;
    if (number < 0) return;
    this.#number = -1;
    closeSync(number);
  }
}
