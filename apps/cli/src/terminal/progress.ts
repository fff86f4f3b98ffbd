import type { Output } from './output.ts';
import { scaled } from './quantities.ts';

const INTERVAL = 100;
const ERASE_LINE = '\r\u001b[K';

/** One line on a terminal that says how far a long piece of work is; silent anywhere else. */
export class Progress {
  readonly #output: Output;
  readonly #started = performance.now();
  #shown = false;
  #next: number;

  constructor(output: Output) {
    this.#output = output;
    // Work that is done in the blink of an eye shows nothing.
    this.#next = output.interactive ? this.#started + 3 * INTERVAL : Number.POSITIVE_INFINITY;
  }

  /**
   * Call it as often as you like, it shows ten times a second.
   *
   * @param done bytes worked off
   * @param total bytes there are, undefined if nobody knows
   * @param packets packets worked off
   */
  async update(done: number, total: number | undefined, packets: number): Promise<void> {
    const now = performance.now();
    if (now < this.#next) return;
    this.#next = now + INTERVAL;
    this.#shown = true;
    const elapsed = (now - this.#started) / 1000;
    const share = total === undefined || total === 0 ? '' : `${Math.floor((100 * done) / total)} %  `;
    const rate = scaled(packets / elapsed, 'packets/s');
    await this.#output.write(`${ERASE_LINE}${share}${scaled(done, 'B')}  ${rate}`);
  }

  /** Removes the line. */
  async clear(): Promise<void> {
    if (this.#shown) await this.#output.write(ERASE_LINE);
    this.#shown = false;
  }
}
