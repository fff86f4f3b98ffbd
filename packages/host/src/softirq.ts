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
  /** Runs of the softirq that ended for want of budget or time. */
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
 * The lists are those of `net_rx_action`: a run polls every instance that was on the CPU's list when it began, once.
 * Who used up its weight, and who was scheduled meanwhile, has to wait for the next run, which has a budget of its own.
 * So a single busy queue never exhausts the budget of 300; five on one CPU do. The next run follows at once: nothing
 * else, ksoftirqd's competitors included, wants a simulated CPU.
 *
 * A poll sees what the device has written when it starts, and takes virtual time for what it does (`spend`); its end
 * is an event of its own. So the device goes on receiving while the CPU works, and a CPU that is too slow falls behind.
 */
export class Softirq {
  readonly stat: SoftnetStat = { processed: 0, timeSqueeze: 0, interrupts: 0, polls: 0, busy: 0 };
  readonly #clock: VirtualClock;
  readonly #limits: SoftirqLimits;
  readonly #wakeUp: number;
  readonly #pollHandler: number;
  readonly #endHandler: number;
  /** Who is still to be polled in this run. */
  #list: NapiInstance[] = [];
  /** Who was scheduled since it began (`softnet_data.poll_list`). */
  #scheduled: NapiInstance[] = [];
  /** Who used up its weight in this run. */
  #repoll: NapiInstance[] = [];
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
    this.#scheduled.push(napi);
    if (this.#running) return;
    this.#running = true;
    this.stat.busy += this.#wakeUp;
    this.#clock.schedule(this.#clock.now + this.#wakeUp, this.#pollHandler);
  }

  /** A new run begins with everything that is scheduled. */
  #begin(): void {
    [this.#list, this.#scheduled] = [this.#scheduled, this.#list];
    this.#budget = this.#limits.netdevBudget;
    this.#deadline = this.#clock.now + this.#limits.netdevBudgetUsecs * 1000;
  }

  #poll(): void {
    if (this.#list.length === 0) this.#begin();
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
    if (this.#work >= this.#limits.weight) {
      this.#repoll.push(napi);
    } else if (napi.missed) {
      // napi_complete_done: it stays scheduled, behind the others, with its interrupt masked.
      napi.missed = false;
      this.#scheduled.push(napi);
    } else {
      napi.scheduled = false;
      napi.complete();
    }
    this.#budget -= this.#work;
    const squeezed = this.#budget <= 0 || this.#clock.now >= this.#deadline;
    if (squeezed) this.stat.timeSqueeze++;
    if (squeezed || this.#list.length === 0) this.#endRun();
    this.#running = this.#list.length > 0 || this.#scheduled.length > 0;
    if (this.#running) this.#clock.schedule(this.#clock.now, this.#pollHandler);
  }

  /** What is left over comes first in the next run, then what was scheduled meanwhile, then what is to be polled again. */
  #endRun(): void {
    if (this.#list.length > 0) this.#scheduled.unshift(...this.#list.splice(0));
    if (this.#repoll.length > 0) this.#scheduled.push(...this.#repoll.splice(0));
  }
}
