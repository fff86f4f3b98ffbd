import { MachineArgumentError } from './arguments.ts';
import { EventQueue, LAST_RANK } from './event-queue.ts';

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
  readonly #ranks: number[] = [];
  #firstHandlers = 0;
  readonly #queue = new EventQueue();
  #now = 0;
  /** Until when the clock was asked to run. */
  #end = 0;
  #stopped = false;

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

  /**
   * Registers a handler for the clock's lifetime.
   *
   * @param order `first`: its events precede all others of the same time, and those of handlers that were registered
   *   as first after it. So a device has always done its part when software looks at it, however time was advanced.
   * @returns the id that `schedule` takes
   */
  register(handler: EventHandler, order: 'scheduled' | 'first' = 'scheduled'): number {
    this.#ranks.push(order === 'first' ? Math.min(this.#firstHandlers++, LAST_RANK - 1) : LAST_RANK);
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
    const rank = this.#ranks[handler];
    if (rank === undefined) {
      throw new MachineArgumentError(`no handler ${handler} is registered: schedule takes what register returned.`);
    }
    return this.#queue.push(time, rank, handler, argument);
  }

  /** Forgets an event. Returns whether it was still to come; tokens of past events, and 0, are harmless. */
  cancel(token: number): boolean {
    return this.#queue.remove(token);
  }

  /**
   * Whether nothing is to happen before and at `time`, within what the clock was asked to run. A handler may then act
   * as if it were that time already, which saves an event: so a device takes a thousand frames in one loop and yet
   * misses no interrupt. What it schedules meanwhile changes the answer.
   */
  isIdleUntil(time: number): boolean {
    return time < this.#queue.nextTime && time <= this.#end;
  }

  /** Advances to the next event and lets it happen. Returns false, and changes nothing, when there is none. */
  step(): boolean {
    if (this.#queue.size === 0) return false;
    this.#end = this.#queue.nextTime;
    this.#happen();
    return true;
  }

  /**
   * Lets everything happen that is due until `time` (inclusive), then stands at `time`.
   *
   * @returns false when a handler stopped it before
   * @throws MachineArgumentError for a time in the past or one that is no time
   */
  runUntil(time: number): boolean {
    if (!(time >= this.#now && time < Infinity)) throw this.#refusedTime(time);
    this.#stopped = false;
    this.#end = time;
    while (this.#queue.nextTime <= time) {
      this.#happen();
      if (this.#stopped) return false;
    }
    this.#now = time;
    return true;
  }

  /**
   * Lets everything happen until no event is left or a handler stops it.
   *
   * @param most events to let happen at most; a simulation with a periodic timer never runs dry
   * @returns how many happened
   */
  run(most = Infinity): number {
    this.#stopped = false;
    this.#end = Infinity;
    let count = 0;
    while (count < most && this.#queue.size > 0) {
      this.#happen();
      count++;
      if (this.#stopped) break;
    }
    return count;
  }

  /** Called by a handler: `runUntil` or `run` returns after it, before anything else happens. */
  stop(): void {
    this.#stopped = true;
  }

  #happen(): void {
    const queue = this.#queue;
    const handler = queue.firstHandler;
    const argument = queue.firstArgument;
    this.#now = queue.nextTime;
    queue.removeFirst();
    (this.#handlers[handler] as EventHandler)(argument);
  }

  #refusedTime(time: number): MachineArgumentError {
    return new MachineArgumentError(
      `${time} ns is no time to come (it is ${this.#now} ns now): give a finite time that is not in the past.`,
    );
  }
}
