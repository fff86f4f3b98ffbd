import { realpathSync, renameSync, rmSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { CliError } from '../cli-error.ts';

/**
 * A file that a command writes. It grows beside its final name and takes it at the end: what had that name before stays
 * whole until then, and nothing half-written is ever found under it.
 */
export class PendingFile {
  /** As the user wrote it. */
  readonly path: string;
  /** Where to write. */
  readonly partial: string;
  readonly #target: string;

  /**
   * @param option which names it, for errors: `--write`
   * @param inputs files that are read meanwhile, which it must not replace
   * @throws CliError BAD_ARGUMENT for one of those, or a directory
   */
  constructor(option: string, path: string, inputs: readonly string[]) {
    const existing = statusOf(path);
    if (existing?.isDirectory() === true) {
      throw new CliError('BAD_ARGUMENT', `${option} ${path}: this is a directory: name a file in it.`);
    }
    if (existing === undefined && statusOf(dirname(path))?.isDirectory() !== true) {
      throw new CliError(
        'BAD_ARGUMENT',
        `${option} ${path}: there is no such folder: create it, or name another file.`,
      );
    }
    const input = existing && inputs.find((other) => isSame(existing, statusOf(other)));
    if (input !== undefined) {
      throw new CliError('BAD_ARGUMENT', `${option} ${path}: it is being read from (${input}): name another file.`);
    }
    this.path = path;
    // Behind a symbolic link lies the file that is meant. A device or a pipe cannot be replaced, only written to.
    this.#target = existing === undefined ? path : realpathSync(path);
    const replaceable = existing === undefined || existing.isFile();
    this.partial = replaceable ? `${this.#target}.${process.pid}.partial` : this.#target;
  }

  /** Gives it its name; what wrote it has closed it. */
  keep(): void {
    if (this.partial !== this.#target) renameSync(this.partial, this.#target);
  }

  /** Removes what has been written; whoever wrote may still hold it open. */
  discard(): void {
    if (this.partial !== this.#target) rmSync(this.partial, { force: true });
  }
}

function statusOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function isSame(one: Stats, other: Stats | undefined): boolean {
  return one.dev === other?.dev && one.ino === other.ino;
}
