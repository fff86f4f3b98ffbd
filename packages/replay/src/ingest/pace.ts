import { ReplayError } from '../replay-error.ts';

/** When frames are sent, in tcpreplay's words. */
export type Pace =
  | { readonly kind: 'original'; readonly multiplier: number }
  | { readonly kind: 'pps'; readonly rate: number }
  /** Megabits of frame (without FCS, preamble and gap) a second. */
  | { readonly kind: 'mbps'; readonly rate: number }
  /** Back to back, as fast as the wire is. */
  | { readonly kind: 'topspeed' };

export const ORIGINAL_PACE: Pace = { kind: 'original', multiplier: 1 };

/** @throws ReplayError REPLAY_OPTION for a rate that is not above 0 */
export function checkPace(pace: Pace): void {
  if (pace.kind === 'topspeed') return;
  const rate = pace.kind === 'original' ? pace.multiplier : pace.rate;
  const name = pace.kind === 'original' ? 'multiplier' : pace.kind;
  if (!Number.isFinite(rate) || rate <= 0) {
    throw new ReplayError('REPLAY_OPTION', `${name} is ${rate}: give a number above 0.`);
  }
}

/**
 * Turns the times of a capture into the virtual times at which frames are ready for the wire. The wire itself may be
 * busy still: it sends them one after the other.
 */
export class Pacer {
  readonly #pace: Pace;
  /** Capture time, relative to the first packet, of the frame before. */
  #before = 0;
  #originSeconds = 0;
  #originNanoseconds = 0;
  #started = false;
  /** Virtual time at which the current pass over the capture began. */
  #passStart = 0;
  #last = 0;
  #frames = 0;
  /** Packets whose timestamp was before that of their predecessor; they are sent with it. */
  backward = 0;

  constructor(pace: Pace) {
    checkPace(pace);
    this.#pace = pace;
  }

  /** Begins the next pass (`--loop`): its first packet follows the last one at the capture's mean distance. */
  nextPass(): void {
    if (!this.#started) return;
    const mean = this.#frames > 1 ? (this.#last - this.#passStart) / (this.#frames - 1) : 0;
    this.#passStart = this.#last + mean;
    this.#started = false;
    this.#frames = 0;
  }

  /**
   * The virtual time of the next frame, in nanoseconds; never before the frame ahead of it.
   *
   * @param seconds whole seconds of its timestamp
   * @param nanoseconds the rest of it
   * @param length bytes of the frame
   */
  next(seconds: number, nanoseconds: number, length: number): number {
    const pace = this.#pace;
    this.#frames++;
    let time = this.#last;
    switch (pace.kind) {
      case 'original':
        time = this.#passStart + this.#captureTime(seconds, nanoseconds) / pace.multiplier;
        break;
      case 'pps':
        if (this.#started) time += 1e9 / pace.rate;
        break;
      case 'mbps':
        if (this.#started) time += this.#before;
        // One bit at 1 Mb/s takes 1000 ns.
        this.#before = (length * 8 * 1000) / pace.rate;
        break;
      case 'topspeed':
        break;
    }
    this.#started = true;
    this.#last = time;
    return time;
  }

  #captureTime(seconds: number, nanoseconds: number): number {
    if (!this.#started) {
      this.#originSeconds = seconds;
      this.#originNanoseconds = nanoseconds;
      this.#before = 0;
    }
    const time = (seconds - this.#originSeconds) * 1e9 + (nanoseconds - this.#originNanoseconds);
    if (time < this.#before) this.backward++;
    else this.#before = time;
    return this.#before;
  }
}
