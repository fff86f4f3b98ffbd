import { type Counters, flatCounters } from '@hookline/replay';

/** The counters at several times: a row each, columns under the names that `flatCounters` gives them. */
export interface SampleTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly number[])[];
}

/**
 * Makes rows of samples. The first sample says which columns there are; rules that a program comes to know later have
 * none.
 */
export class SampleRows {
  #columns: readonly string[] | undefined;
  #latest = Number.NEGATIVE_INFINITY;
  readonly #take: (row: readonly (string | number)[]) => void;

  /** @param take gets the names of the columns, then row after row */
  constructor(take: (row: readonly (string | number)[]) => void) {
    this.#take = take;
  }

  /** A sample that is not later than the one before adds nothing. */
  add(counters: Counters): void {
    if (counters.virtualTimeNs <= this.#latest) return;
    this.#latest = counters.virtualTimeNs;
    const flat = flatCounters(counters);
    if (this.#columns === undefined) {
      this.#columns = Object.keys(flat);
      this.#take(this.#columns);
    }
    this.#take(this.#columns.map((column) => flat[column] ?? 0));
  }
}
