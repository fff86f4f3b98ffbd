import type { VirtualClock } from '@hookline/machine';

/** What NAPI polls: one queue pair of a device (`struct napi_struct`). */
export interface NapiInstance {
  /** `eth0-TxRx-0`. */
  readonly name: string;
  /** Interrupts while it was scheduled already: poll once more before the interrupt is unmasked (NAPIF_STATE_MISSED). */
  missed: boolean;
  scheduled: boolean;
  /**
   * Handles at most `budget` frames.
   *
   * @returns frames handled; `budget` means that there may be more
   */
  poll(budget: number): number;
  /** The poll's end: doorbells, flushes. */
  finish(): void;
  /** Unmasks the interrupt. */
  complete(): void;
}

/** `/proc/sys/net/core/netdev_budget` and its companions (net/core/dev.c). */
export interface SoftirqLimits {
  /** Frames a NAPI instance may handle in one poll. */
  readonly weight: number;
  /** Frames a softirq may handle before it makes room for others. */
  readonly netdevBudget: number;
  /** Virtual microseconds a softirq may take. */
  readonly netdevBudgetUsecs: number;
}

/** The kernel's defaults; 8000 microseconds are 2 jiffies at HZ 250. */
export const DEFAULT_LIMITS: SoftirqLimits = { weight: 64, netdevBudget: 300, netdevBudgetUsecs: 8000 };

/** A line of `/proc/net/softnet_stat`, and the CPU's load. */
export interface SoftnetStat {
  /** Frames that became an sk_buff; what native XDP drops is not among them. */
  processed: number;
  dropped: number;
  /** Softirqs that ran out of budget or time with work left. */
  timeSqueeze: number;
  /** Interrupts taken. */
  interrupts: number;
  polls: number;
  /** Virtual nanoseconds in which the CPU was busy with packets. */
  busy: number;
}

/**
 * One simulated CPU's NET_RX softirq: the list of NAPI instances that want to be polled, and the time it takes.
 *
 * A poll sees what the device has written when it starts, and takes virtual time for what it does (`spend`); its end
 * is an event of its own. So the device goes on receiving while the CPU works, and a CPU that is too slow falls behind.
 */
export class Softirq {
  readonly stat: SoftnetStat = { processed: 0, dropped: 0, timeSqueeze: 0, interrupts: 0, polls: 0, busy: 0 };
  readonly #clock: VirtualClock;
  readonly #limits: SoftirqLimits;
  readonly #wakeUp: number;
  readonly #pollHandler: number;
  readonly #endHandler: number;
  readonly #list: NapiInstance[] = [];
  #running = false;
  #budget = 0;
  #deadline = 0;
  #current: NapiInstance | undefined;
  #work = 0;
  #spent = 0;

  /** @param wakeUp CPU nanoseconds from the interrupt to the first poll */
  constructor(clock: VirtualClock, limits: SoftirqLimits, wakeUp: number) {
    this.#clock = clock;
    this.#limits = limits;
    this.#wakeUp = wakeUp;
    this.#pollHandler = clock.register(() => this.#poll());
    this.#endHandler = clock.register(() => this.#end());
  }

  /** Virtual time as the running poll sees it: its start and what it has spent since. */
  get now(): number {
    return this.#clock.now + this.#spent;
  }

  /** Adds to the time that the running poll takes. */
  spend(nanoseconds: number): void {
    this.#spent += nanoseconds;
  }

  /** An interrupt of this instance's vector (`napi_schedule`). */
  schedule(napi: NapiInstance): void {
    this.stat.interrupts++;
    if (napi.scheduled) {
      napi.missed = true;
      return;
    }
    napi.scheduled = true;
    this.#list.push(napi);
    if (this.#running) return;
    this.#running = true;
    this.#begin();
    this.stat.busy += this.#wakeUp;
    this.#clock.schedule(this.#clock.now + this.#wakeUp, this.#pollHandler);
  }

  #begin(): void {
    this.#budget = this.#limits.netdevBudget;
    this.#deadline = this.#clock.now + this.#limits.netdevBudgetUsecs * 1000;
  }

  #poll(): void {
    const napi = this.#list.shift() as NapiInstance;
    this.#current = napi;
    this.stat.polls++;
    this.#work = napi.poll(this.#limits.weight);
    this.stat.busy += this.#spent;
    const end = this.#clock.now + this.#spent;
    this.#spent = 0;
    this.#clock.schedule(end, this.#endHandler);
  }

  #end(): void {
    const napi = this.#current as NapiInstance;
    napi.finish();
    if (this.#work < this.#limits.weight && !napi.missed) {
      napi.scheduled = false;
      napi.complete();
    } else {
      napi.missed = false;
      this.#list.push(napi);
    }
    this.#budget -= this.#work;
    if (this.#list.length === 0) {
      this.#running = false;
      return;
    }
    if (this.#budget <= 0 || this.#clock.now >= this.#deadline) {
      // The kernel goes on in ksoftirqd; nothing else competes for a simulated CPU.
      this.stat.timeSqueeze++;
      this.#begin();
    }
    this.#clock.schedule(this.#clock.now, this.#pollHandler);
  }
}
