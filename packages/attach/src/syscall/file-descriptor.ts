import { closeSync } from 'node:fs';

/** A file descriptor with one owner. */
export class FileDescriptor implements Disposable {
  #number: number;
  readonly #what: string;

  /** @param what what it is, for the error after it was closed: "map 'denied'" */
  constructor(number: number, what: string) {
    this.#number = number;
    this.#what = what;
  }

  /** @throws Error with code EBADF once it is closed */
  get number(): number {
    if (this.#number < 0) {
      throw Object.assign(new Error(`${this.#what} was disposed of: use it before that, or load it again.`), {
        code: 'EBADF',
      });
    }
    return this.#number;
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
