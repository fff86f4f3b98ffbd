import { VirtualClock } from '@hookline/machine';
import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS, type NapiInstance, Softirq } from '../src/softirq.ts';

const WAKE_UP = 270;

/** A NAPI instance with some frames waiting, which notes what is done with it. */
class Scripted implements NapiInstance {
  readonly name: string;
  missed = false;
  scheduled = false;
  waiting: number;
  readonly log: string[];
  readonly softirq: Softirq;
  /** Virtual nanoseconds of a poll. */
  cost = 0;
  duringPoll: () => void = () => {};

  constructor(softirq: Softirq, name: string, waiting: number, log: string[]) {
    this.softirq = softirq;
    this.name = name;
    this.waiting = waiting;
    this.log = log;
  }

  poll(budget: number): number {
    const work = Math.min(budget, this.waiting);
    this.waiting -= work;
    this.log.push(`${this.name}:${work}`);
    this.softirq.spend(this.cost);
    this.duringPoll();
    return work;
  }

  finish(): void {}

  complete(): void {
    this.log.push(`${this.name}!`);
  }
}

function setUp(limits: Partial<typeof DEFAULT_LIMITS> = {}): {
  clock: VirtualClock;
  softirq: Softirq;
  log: string[];
  napi: (name: string, waiting: number) => Scripted;
} {
  const clock = new VirtualClock();
  const softirq = new Softirq(clock, { ...DEFAULT_LIMITS, ...limits }, WAKE_UP);
  const log: string[] = [];
  return { clock, softirq, log, napi: (name, waiting) => new Scripted(softirq, name, waiting, log) };
}

// What is expected here follows net_rx_action, napi_poll and napi_complete_done in net/core/dev.c.
describe('a NAPI instance', () => {
  test('that did less than its weight completes, and its interrupt is unmasked once', () => {
    const { clock, softirq, log, napi } = setUp();
    softirq.schedule(napi('a', 63));
    clock.run();
    expect(log).toEqual(['a:63', 'a!']);
  });

  test('that did its weight of 64 is polled again, with the interrupt masked all the while', () => {
    const { clock, softirq, log, napi } = setUp();
    softirq.schedule(napi('a', 130));
    clock.run();
    expect(log).toEqual(['a:64', 'a:64', 'a:2', 'a!']);
  });

  test('with exactly its weight needs an empty poll to know that it is done', () => {
    const { clock, softirq, log, napi } = setUp();
    softirq.schedule(napi('a', 64));
    clock.run();
    expect(log).toEqual(['a:64', 'a:0', 'a!']);
  });

  test('whose interrupt came while it was polled (MISSED) is polled once more before it is unmasked', () => {
    const { clock, softirq, log, napi } = setUp();
    const a = napi('a', 3);
    a.duringPoll = () => {
      a.duringPoll = () => {};
      a.waiting = 2;
      softirq.schedule(a);
    };
    softirq.schedule(a);
    clock.run();
    expect(log).toEqual(['a:3', 'a:2', 'a!']);
    expect(a).toMatchObject({ missed: false, scheduled: false });
  });

  test('keeps MISSED over polls that use up the weight, until it completes', () => {
    const { clock, softirq, log, napi } = setUp();
    const a = napi('a', 65);
    softirq.schedule(a);
    softirq.schedule(a);
    clock.run();
    expect(log).toEqual(['a:64', 'a:1', 'a:0', 'a!']);
  });

  test('can be scheduled again after it has completed', () => {
    const { clock, softirq, log, napi } = setUp();
    const a = napi('a', 1);
    softirq.schedule(a);
    clock.run();
    a.waiting = 2;
    softirq.schedule(a);
    clock.run();
    expect(log).toEqual(['a:1', 'a!', 'a:2', 'a!']);
  });

  test('is polled a wake-up after its interrupt, and takes the time that it spends', () => {
    const { clock, softirq, napi } = setUp();
    const times: number[] = [];
    const a = napi('a', 70);
    a.cost = 1000;
    a.duringPoll = () => times.push(clock.now, softirq.now);
    clock.runUntil(500);
    softirq.schedule(a);
    clock.run();
    expect(times).toEqual([770, 1770, 1770, 2770]);
    expect(clock.now).toBe(2770);
    expect(softirq.stat).toMatchObject({ polls: 2, interrupts: 1, busy: WAKE_UP + 2000 });
  });
});

describe('several instances on one CPU', () => {
  test('take turns; one that comes late waits behind those that were there, before those to be polled again', () => {
    const { clock, softirq, log, napi } = setUp();
    const late = napi('c', 1);
    const a = napi('a', 128);
    a.duringPoll = () => {
      a.duringPoll = () => {};
      softirq.schedule(late);
    };
    softirq.schedule(a);
    softirq.schedule(napi('b', 65));
    clock.run();
    expect(log).toEqual(['a:64', 'b:64', 'c:1', 'c!', 'a:64', 'b:1', 'b!', 'a:0', 'a!']);
  });

  test('share one wake-up', () => {
    const { clock, softirq, napi } = setUp();
    softirq.schedule(napi('a', 1));
    softirq.schedule(napi('b', 1));
    clock.run();
    expect(softirq.stat.busy).toBe(WAKE_UP);
    expect(softirq.stat.interrupts).toBe(2);
  });
});

describe('time_squeeze', () => {
  test.each([
    [1, 6400, 0],
    [4, 640, 0],
    // 5 x 64 = 320 frames in one run are more than 300; the tenth poll of each has nothing left.
    [5, 640, 10],
  ])(
    'counts runs that use up the budget of 300: %i busy instances with %i frames each',
    (instances, waiting, squeezes) => {
      const { clock, softirq, napi } = setUp();
      for (let i = 0; i < instances; i++) softirq.schedule(napi(`n${i}`, waiting));
      clock.run();
      expect(softirq.stat.timeSqueeze).toBe(squeezes);
    },
  );

  test('puts who was not polled before who was', () => {
    const { clock, softirq, log, napi } = setUp();
    for (const name of 'abcdef') softirq.schedule(napi(name, 65));
    clock.run();
    expect(log.filter((entry) => !entry.endsWith('!'))).toEqual([
      ...['a:64', 'b:64', 'c:64', 'd:64', 'e:64'],
      ...['f:64', 'a:1', 'b:1', 'c:1', 'd:1', 'e:1'],
      'f:1',
    ]);
    expect(softirq.stat.timeSqueeze).toBe(1);
  });

  test('counts runs that take too long', () => {
    const { clock, softirq, napi } = setUp({ netdevBudgetUsecs: 10 });
    for (const name of 'abc') {
      const instance = napi(name, 1);
      instance.cost = 6000;
      softirq.schedule(instance);
    }
    clock.run();
    // a and b take 12 us; c has a run of its own.
    expect(softirq.stat.timeSqueeze).toBe(1);
  });

  test('measures the time from the run that it belongs to', () => {
    const { clock, softirq, napi } = setUp({ netdevBudgetUsecs: 10 });
    const a = napi('a', 640);
    a.cost = 6000;
    softirq.schedule(a);
    clock.run();
    expect(softirq.stat).toMatchObject({ timeSqueeze: 0, polls: 11 });
  });
});
