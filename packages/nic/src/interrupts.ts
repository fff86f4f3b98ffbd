import type { VirtualClock } from '@hookline/machine';

/** Moderation that a device begins with: at most one interrupt in 50 us, the fixed setting of i40e and ice. */
export const DEFAULT_INTERRUPT_INTERVAL = 50;

/**
 * The MSI-X vectors of a device, one for each queue pair.
 *
 * A write-back is a cause. Causes are latched (EICR) until the vector is raised or the driver acknowledges them. An
 * enabled vector with a cause is raised at once, but not before `interval` has passed since the last time (EITR), and
 * in any case as soon as `frames` causes are latched. Raising clears the latch and, where auto-mask (EIAM) is set,
 * disables the vector, as drivers of the NAPI kind want it.
 */
export class Interrupts {
  readonly #clock: VirtualClock;
  readonly #event: number;
  readonly #enabled: Uint8Array;
  readonly #autoMask: Uint8Array;
  /** Causes since the last raise or acknowledgement; 0 is a clear latch. */
  readonly #causes: Float64Array;
  /** Nanoseconds. */
  readonly #interval: Float64Array;
  readonly #frames: Float64Array;
  readonly #lastRaised: Float64Array;
  /** When the vector is going to be raised, and the event that will; Infinity and 0 when it is not. */
  readonly #due: Float64Array;
  readonly #token: Float64Array;
  readonly #raised: Float64Array;
  #handler: (vector: number) => void = () => {};

  constructor(clock: VirtualClock, vectors: number) {
    this.#clock = clock;
    this.#event = clock.register((vector) => this.#raise(vector));
    this.#enabled = new Uint8Array(vectors);
    this.#autoMask = new Uint8Array(vectors).fill(1);
    this.#causes = new Float64Array(vectors);
    this.#interval = new Float64Array(vectors).fill(DEFAULT_INTERRUPT_INTERVAL * 1000);
    this.#frames = new Float64Array(vectors).fill(Infinity);
    this.#lastRaised = new Float64Array(vectors).fill(-Infinity);
    this.#due = new Float64Array(vectors).fill(Infinity);
    this.#token = new Float64Array(vectors);
    this.#raised = new Float64Array(vectors);
  }

  /** What the processor does when a vector is raised. */
  onInterrupt(handler: (vector: number) => void): void {
    this.#handler = handler;
  }

  /** Latches a cause that happens at `time`, which may be ahead of the clock. */
  cause(vector: number, time: number): void {
    const causes = (this.#causes[vector] as number) + 1;
    this.#causes[vector] = causes;
    if (this.#enabled[vector] === 0) return;
    if (causes === 1 || (causes >= (this.#frames[vector] as number) && (this.#due[vector] as number) > time)) {
      this.#plan(vector, time);
    }
  }

  isEnabled(vector: number): boolean {
    return this.#enabled[vector] === 1;
  }

  enable(vector: number): void {
    if (this.#enabled[vector] === 1) return;
    this.#enabled[vector] = 1;
    if ((this.#causes[vector] as number) > 0) this.#plan(vector, this.#clock.now);
  }

  disable(vector: number): void {
    this.#enabled[vector] = 0;
    this.#forget(vector);
  }

  isLatched(vector: number): boolean {
    return (this.#causes[vector] as number) > 0;
  }

  /** Clears the latch: what was written back until now is no cause any more. */
  acknowledge(vector: number): void {
    this.#causes[vector] = 0;
    this.#forget(vector);
  }

  isAutoMasked(vector: number): boolean {
    return this.#autoMask[vector] === 1;
  }

  setAutoMask(vector: number, on: boolean): void {
    this.#autoMask[vector] = on ? 1 : 0;
  }

  /** Microseconds. */
  interval(vector: number): number {
    return (this.#interval[vector] as number) / 1000;
  }

  /** @param microseconds at least between two interrupts; counts from the next cause on, 0 is no moderation */
  setInterval(vector: number, microseconds: number): void {
    this.#interval[vector] = microseconds * 1000;
  }

  /** Causes that are enough to raise the vector within its interval; 0 when it always waits. */
  frames(vector: number): number {
    const frames = this.#frames[vector] as number;
    return frames === Infinity ? 0 : frames;
  }

  setFrames(vector: number, frames: number): void {
    this.#frames[vector] = frames === 0 ? Infinity : frames;
  }

  /** How often the vector was raised. */
  raised(vector: number): number {
    return this.#raised[vector] as number;
  }

  #plan(vector: number, time: number): void {
    const causes = this.#causes[vector] as number;
    const enough = causes >= (this.#frames[vector] as number);
    const rested = (this.#lastRaised[vector] as number) + (this.#interval[vector] as number);
    const due = enough || rested < time ? time : rested;
    if (due >= (this.#due[vector] as number)) return;
    this.#forget(vector);
    this.#due[vector] = due;
    this.#token[vector] = this.#clock.schedule(due, this.#event, vector);
  }

  #forget(vector: number): void {
    this.#clock.cancel(this.#token[vector] as number);
    this.#token[vector] = 0;
    this.#due[vector] = Infinity;
  }

  #raise(vector: number): void {
    this.#token[vector] = 0;
    this.#due[vector] = Infinity;
    this.#lastRaised[vector] = this.#clock.now;
    this.#causes[vector] = 0;
    this.#enabled[vector] = this.#autoMask[vector] === 1 ? 0 : 1;
    (this.#raised[vector] as number)++;
    this.#handler(vector);
  }
}
