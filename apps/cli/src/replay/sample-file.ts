import { closeSync, openSync, writeSync } from 'node:fs';
import { csvLine } from '../terminal/csv.ts';
import { PendingFile } from '../terminal/pending-file.ts';

/** Bytes that are worth a write. */
const CHUNK = 1 << 16;

/** The CSV file that a replay's samples go into, row by row. */
export class SampleFile {
  readonly file: PendingFile;
  readonly #descriptor: number;
  #text = '';

  /**
   * @param inputs files that are read meanwhile, which it must not replace
   * @throws CliError BAD_ARGUMENT; the system's error where no file can be created
   */
  constructor(path: string, inputs: readonly string[]) {
    this.file = new PendingFile('--csv', path, inputs);
    this.#descriptor = openSync(this.file.partial, 'w');
  }

  write(row: readonly (string | number)[]): void {
    this.#text += csvLine(row);
    if (this.#text.length >= CHUNK) this.#flush();
  }

  /** Closes it and gives it its name. */
  keep(): void {
    this.#flush();
    closeSync(this.#descriptor);
    this.file.keep();
  }

  #flush(): void {
    // A file takes all of it at once; a pipe may not.
    const bytes = Buffer.from(this.#text);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at);
    this.#text = '';
  }
}
