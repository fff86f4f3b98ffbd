import type { SimulatedHost } from '@hookline/host';
import { ReplayError } from './replay-error.ts';
import type { Counters } from './report/report.ts';

/** All counters at a multiple of the sample interval. */
export interface SampleEvent {
  readonly kind: 'sample';
  readonly counters: Counters;
}

/** @throws ReplayError REPLAY_OPTION */
export function checkSampleInterval(interval: number | undefined): void {
  if (interval === undefined || (interval >= 1 && interval < Number.POSITIVE_INFINITY)) return;
  throw new ReplayError('REPLAY_OPTION', `sampleInterval is ${interval}: give nanoseconds, at least 1.`);
}

/**
 * Reads a host's counters at multiples of an interval. A stretch in which nothing happens at all has no samples but
 * its first and its last: captures may be silent for years.
 */
export class Sampler {
  readonly #host: SimulatedHost;
  readonly #read: () => Counters;
  readonly #interval: number;
  readonly #event: number;
  #token = 0;
  #samples: SampleEvent[] = [];

  /** @param interval virtual nanoseconds */
  constructor(host: SimulatedHost, read: () => Counters, interval: number) {
    this.#host = host;
    this.#read = read;
    this.#interval = interval;
    this.#event = host.clock.register(() => this.#take());
    this.#token = host.clock.schedule(interval, this.#event);
  }

  /** Hands out what was sampled since it was asked last. */
  drain(): SampleEvent[] {
    return this.#samples.splice(0);
  }

  /** Lets everything happen that is still to come, and no sample after it: time ends with the last event. */
  finish(): void {
    const { clock } = this.#host;
    while (clock.pending > 1) clock.step();
    clock.cancel(this.#token);
    clock.run();
  }

  #take(): void {
    const { clock } = this.#host;
    this.#samples.push({ kind: 'sample', counters: this.#read() });
    const { nextTime } = clock;
    const idle = nextTime === Number.POSITIVE_INFINITY ? 0 : Math.floor(nextTime / this.#interval) * this.#interval;
    this.#token = clock.schedule(Math.max(clock.now + this.#interval, idle), this.#event);
  }
}
