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

const LEAST = 1e-6;
const MOST = 1e12;

/** @throws ReplayError REPLAY_OPTION for a rate that is no rate */
export function checkPace(pace: Pace): void {
  if (pace.kind === 'topspeed') return;
  const rate = pace.kind === 'original' ? pace.multiplier : pace.rate;
  const name = pace.kind === 'original' ? 'multiplier' : pace.kind;
  if (!(rate >= LEAST && rate <= MOST)) {
    throw new ReplayError('REPLAY_OPTION', `${name} is ${rate}: give a number from ${LEAST} to ${MOST}.`);
  }
}

/**
 * Turns the times of captures into the virtual times at which frames are ready for the wire. The wire itself may be
 * busy still: it sends them one after the other.
 */
export class Pacer {
  /** Packets whose timestamp was before that of their predecessor; they are sent with it. */
  backward = 0;
  /** When virtual time 0 was, by the first timestamp of all. */
  originSeconds = 0;
  originNanoseconds = 0;
  readonly #pace: Pace;
  #hasOrigin = false;
  /** Of all frames so far. */
  #frames = 0;
  #bits = 0;
  #last = 0;
  /** Of the current capture: virtual time of its first frame, its first timestamp, and frames. */
  #start = 0;
  #isTimed = false;
  #seconds = 0;
  #nanoseconds = 0;
  #captureFrames = 0;
  /** The latest timestamp, in nanoseconds from the capture's first. */
  #elapsed = 0;

  constructor(pace: Pace) {
    checkPace(pace);
    this.#pace = pace;
  }

  /** Virtual time of the latest frame, in nanoseconds. */
  get latest(): number {
    return this.#last;
  }

  /**
   * Begins the next capture, or the next pass over the same: its first frame follows the last one at the mean distance
   * of those before. When it was recorded does not matter.
   */
  nextCapture(): void {
    const mean = this.#captureFrames > 1 ? (this.#last - this.#start) / (this.#captureFrames - 1) : 0;
    this.#start = this.#last + mean;
    this.#isTimed = false;
    this.#elapsed = 0;
    this.#captureFrames = 0;
  }

  /**
   * The virtual time of the next frame, in nanoseconds; never before the frame ahead of it.
   *
   * @param isTimed whether the packet has a timestamp; without one it is sent with the packet before
   * @param seconds whole seconds of its timestamp
   * @param nanoseconds the rest of it
   * @param length bytes of the frame
   */
  next(isTimed: boolean, seconds: number, nanoseconds: number, length: number): number {
    const pace = this.#pace;
    if (isTimed) this.#take(seconds, nanoseconds);
    let time = 0;
    if (pace.kind === 'original') time = this.#start + this.#elapsed / pace.multiplier;
    else if (pace.kind === 'pps') time = (this.#frames * 1e9) / pace.rate;
    // One bit at 1 Mb/s takes 1000 ns.
    else if (pace.kind === 'mbps') time = (this.#bits * 1000) / pace.rate;
    this.#frames++;
    this.#bits += length * 8;
    this.#captureFrames++;
    this.#last = time;
    return time;
  }

  #take(seconds: number, nanoseconds: number): void {
    if (!this.#isTimed) {
      this.#isTimed = true;
      this.#seconds = seconds;
      this.#nanoseconds = nanoseconds;
      if (!this.#hasOrigin) {
        this.#hasOrigin = true;
        this.originSeconds = seconds;
        this.originNanoseconds = nanoseconds;
      }
    }
    const elapsed = (seconds - this.#seconds) * 1e9 + (nanoseconds - this.#nanoseconds);
    if (elapsed < this.#elapsed) this.backward++;
    else this.#elapsed = elapsed;
  }
}
