import { MachineArgumentError } from './arguments.ts';
import { EventQueue } from './event-queue.ts';

/**
 * What happens when an event is due; `clock.now` is the event's time.
 *
 * @param argument the number that was scheduled with it (a queue's index, an address: whatever the owner likes)
 */
export type EventHandler = (argument: number) => void;

/**
 * The simulated world's time and everything that is to happen in it.
 *
 * Time is a float64 in nanoseconds from the start of the simulation; it never goes back, and has nothing to do with
 * the wall clock. Events with equal times happen in the order in which they were scheduled. Handlers are registered
 * once, so that scheduling needs no closure and no object: an event is a time, a handler's id and a number.
 */
export class VirtualClock {
  readonly #handlers: EventHandler[] = [];
  readonly #queue = new EventQueue();
  #now = 0;

  /** Nanoseconds since the start of the simulation. */
  get now(): number {
    return this.#now;
  }

  /** Events that are still to come. */
  get pending(): number {
    return this.#queue.size;
  }

  /** The time of the next event, Infinity when there is none. */
  get nextTime(): number {
    return this.#queue.nextTime;
  }

  /** Registers a handler for the clock's lifetime and returns its id, which `schedule` takes. */
  register(handler: EventHandler): number {
    return this.#handlers.push(handler) - 1;
  }

  /**
   * Lets a handler run at `time`, not before the events that are due at the same time already.
   *
   * @param time nanoseconds; now or later
   * @param handler an id from `register`
   * @param argument what the handler is given
   * @returns a token for `cancel`, never 0
   * @throws MachineArgumentError for a time in the past, one that is no time, or an unknown handler
   */
  schedule(time: number, handler: number, argument = 0): number {
    // Written so that NaN fails too.
    if (!(time >= this.#now && time < Infinity)) throw this.#refusedTime(time);
    if (this.#handlers[handler] === undefined) {
      throw new MachineArgumentError(`no handler ${handler} is registered: schedule takes what register returned.`);
    }
    return this.#queue.push(time, handler, argument);
  }

  /** Forgets an event. Returns whether it was still to come; tokens of past events, and 0, are harmless. */
  cancel(token: number): boolean {
    return this.#queue.remove(token);
  }

  /** Advances to the next event and lets it happen. Returns false, and changes nothing, when there is none. */
  step(): boolean {
    const queue = this.#queue;
    if (queue.size === 0) return false;
    const handler = queue.firstHandler;
    const argument = queue.firstArgument;
    this.#now = queue.nextTime;
    queue.removeFirst();
    (this.#handlers[handler] as EventHandler)(argument);
    return true;
  }

  /**
   * Lets everything happen that is due until `time` (inclusive), then stands at `time`.
   *
   * @throws MachineArgumentError for a time in the past or one that is no time
   */
  runUntil(time: number): void {
    if (!(time >= this.#now && time < Infinity)) throw this.#refusedTime(time);
    while (this.#queue.nextTime <= time) this.step();
    // A handler may itself have run the clock further.
    if (time > this.#now) this.#now = time;
  }

  /**
   * Lets everything happen until no event is left.
   *
   * @param most events to run at most; a simulation with a periodic timer never runs dry
   * @returns how many happened
   */
  run(most = Infinity): number {
    let count = 0;
    while (count < most && this.step()) count++;
    return count;
  }

  #refusedTime(time: number): MachineArgumentError {
    return new MachineArgumentError(
      `${time} ns is no time to come (it is ${this.#now} ns now): give a finite time that is not in the past.`,
    );
  }
}
