import type { SimulatedDevice, SimulatedHost } from '@hookline/host';
import { ReplayError } from './replay-error.ts';

/** Counters at a virtual time, all since the start. */
export interface SampleEvent {
  readonly kind: 'sample';
  readonly virtualTimeNs: number;
  readonly sent: number;
  readonly received: number;
  readonly missed: number;
  readonly delivered: number;
  readonly transmitted: number;
  readonly dropped: number;
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
  readonly #device: SimulatedDevice;
  readonly #interval: number;
  readonly #event: number;
  #token = 0;
  #samples: SampleEvent[] = [];

  constructor(host: SimulatedHost, device: SimulatedDevice, interval: number) {
    this.#host = host;
    this.#device = device;
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
    this.#samples.push(this.#read());
    const { nextTime } = clock;
    const idle = nextTime === Number.POSITIVE_INFINITY ? 0 : Math.floor(nextTime / this.#interval) * this.#interval;
    this.#token = clock.schedule(Math.max(clock.now + this.#interval, idle), this.#event);
  }

  #read(): SampleEvent {
    const { clock, delivered, drops } = this.#host;
    const { wire, received, dropped } = this.#device.nic.ledger();
    return {
      kind: 'sample',
      virtualTimeNs: clock.now,
      sent: wire,
      received,
      missed: dropped.rx_missed_errors + dropped.rx_no_dma_resources,
      delivered,
      transmitted: this.#host.devices().reduce((sum, { nic }) => sum + (nic.statistics().tx_packets ?? 0), 0),
      dropped: drops.total,
    };
  }
}
