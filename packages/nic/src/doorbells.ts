import type { VirtualClock } from '@hookline/machine';
import type { Ring } from './ring.ts';

/** An event's argument is (epoch x 2^13 + tail) x 2^10 + queue. */
const QUEUES = 2 ** 10;
const TAILS = 2 ** 13;

/**
 * Tail writes under way from the driver to the device.
 *
 * A write takes effect a fixed latency later. Of the writes of one moment to one ring only the last counts, so a driver
 * that writes the tail several times in a poll does not cause as many events.
 */
export class Doorbells {
  readonly #clock: VirtualClock;
  readonly #latency: number;
  readonly #rings: readonly Ring[];
  readonly #arrived: (queue: number) => void;
  readonly #event: number;
  /** By queue: the last write, when it arrives, and its event. */
  readonly #tails: Int32Array;
  readonly #due: Float64Array;
  readonly #tokens: Float64Array;
  /** By queue: how often the ring was enabled or disabled. What was under way before belongs to its past. */
  readonly #epochs: Int32Array;

  /**
   * @param latency nanoseconds
   * @param arrived what the device does when a ring's tail has changed
   */
  constructor(clock: VirtualClock, latency: number, rings: readonly Ring[], arrived: (queue: number) => void) {
    this.#clock = clock;
    this.#latency = latency;
    this.#rings = rings;
    this.#arrived = arrived;
    this.#event = clock.register((argument) => this.#arrive(argument));
    this.#due = new Float64Array(rings.length).fill(-1);
    this.#tails = new Int32Array(rings.length);
    this.#tokens = new Float64Array(rings.length);
    this.#epochs = new Int32Array(rings.length);
  }

  /** The tail as the driver wrote it last, which the device may not have seen yet. */
  written(queue: number): number {
    return this.#tails[queue] as number;
  }

  /** @throws NicError for a tail outside the ring */
  write(queue: number, tail: number): void {
    (this.#rings[queue] as Ring).checkTail(tail);
    this.#tails[queue] = tail;
    const due = this.#clock.now + this.#latency;
    if (this.#due[queue] === due) this.#clock.cancel(this.#tokens[queue] as number);
    this.#due[queue] = due;
    this.#tokens[queue] = this.#clock.schedule(
      due,
      this.#event,
      ((this.#epochs[queue] as number) * TAILS + tail) * QUEUES + queue,
    );
  }

  /** The ring was enabled or disabled: it starts at 0. */
  reset(queue: number): void {
    this.#tails[queue] = 0;
    this.#due[queue] = -1;
    (this.#epochs[queue] as number)++;
  }

  #arrive(argument: number): void {
    const queue = argument % QUEUES;
    const rest = (argument - queue) / QUEUES;
    const tail = rest % TAILS;
    if ((rest - tail) / TAILS !== this.#epochs[queue]) return;
    const ring = this.#rings[queue] as Ring;
    ring.tail = tail;
    this.#arrived(queue);
  }
}
