import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventQueue, LAST_RANK } from '../src/event-queue.ts';
import { MachineArgumentError, VirtualClock } from '../src/index.ts';

describe('virtual clock', () => {
  test('starts at 0 with nothing to do', () => {
    const clock = new VirtualClock();
    expect([clock.now, clock.pending, clock.nextTime]).toEqual([0, 0, Infinity]);
    expect(clock.step()).toBe(false);
    expect(clock.run()).toBe(0);
  });

  test('lets events happen by time, and by order of scheduling among equals, at their own time', () => {
    const event = fc.record({ time: fc.integer({ min: 0, max: 20 }), cancelled: fc.boolean() });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 300 }), (events) => {
        const clock = new VirtualClock();
        const happened: number[] = [];
        const times: number[] = [];
        const handler = clock.register((index) => {
          happened.push(index);
          times.push(clock.now);
        });
        const tokens = events.map(({ time }, index) => clock.schedule(time, handler, index));
        expect(new Set(tokens).size).toBe(events.length);
        for (const [index, { cancelled }] of events.entries()) {
          if (cancelled) expect(clock.cancel(tokens[index] as number)).toBe(true);
        }
        const expected = events
          .map(({ time, cancelled }, index) => ({ time, cancelled, index }))
          .filter(({ cancelled }) => !cancelled)
          .toSorted((a, b) => a.time - b.time || a.index - b.index);
        expect(clock.run()).toBe(expected.length);
        expect(happened).toEqual(expected.map(({ index }) => index));
        expect(times).toEqual(expected.map(({ time }) => time));
      }),
    );
  });

  test('runUntil includes its own time, leaves the rest, and stands there', () => {
    const clock = new VirtualClock();
    const happened: number[] = [];
    const handler = clock.register((argument) => happened.push(argument));
    for (const time of [30, 10, 20]) clock.schedule(time, handler, time);
    clock.runUntil(20);
    expect([happened, clock.now, clock.pending, clock.nextTime]).toEqual([[10, 20], 20, 1, 30]);
    clock.runUntil(25);
    expect(clock.now).toBe(25);
  });

  test('a handler may schedule at the present moment: that happens after what is due already', () => {
    const clock = new VirtualClock();
    const happened: string[] = [];
    const late = clock.register(() => happened.push('scheduled meanwhile'));
    const early = clock.register((n) => {
      happened.push(`due ${n}`);
      if (n === 1) clock.schedule(clock.now, late);
    });
    clock.schedule(5, early, 1);
    clock.schedule(5, early, 2);
    clock.runUntil(5);
    expect(happened).toEqual(['due 1', 'due 2', 'scheduled meanwhile']);
  });

  test('events of a handler registered as first precede all others of their time, in order of registration', () => {
    const clock = new VirtualClock();
    const happened: string[] = [];
    const plain = clock.register(() => happened.push('plain'));
    const eth0 = clock.register(() => happened.push('eth0'), 'first');
    const eth1 = clock.register(() => happened.push('eth1'), 'first');
    for (const handler of [plain, eth1, eth0]) clock.schedule(7, handler);
    clock.schedule(6, plain);
    clock.run();
    expect(happened).toEqual(['plain', 'eth0', 'eth1', 'plain']);
  });

  test('is idle until the next event, and no longer than it was asked to run', () => {
    const clock = new VirtualClock();
    const answers: boolean[] = [];
    const ask = clock.register((time) => answers.push(clock.isIdleUntil(time)));
    clock.schedule(60, ask, 69.9);
    clock.schedule(70, ask, 80);
    clock.schedule(75, ask, 75);
    clock.runUntil(80);
    clock.schedule(90, ask, 100.1);
    clock.runUntil(100);
    expect(answers).toEqual([true, false, true, false]);
  });

  test('a step promises no time beyond its own event', () => {
    const clock = new VirtualClock();
    const answers: boolean[] = [];
    const ask = clock.register((time) => answers.push(clock.isIdleUntil(time)));
    clock.schedule(10, ask, 10);
    clock.schedule(20, ask, 21);
    clock.step();
    clock.step();
    expect(answers).toEqual([true, false]);
  });

  test('stop ends a run after the present event, which then stands at that event', () => {
    const clock = new VirtualClock();
    const happened: number[] = [];
    const handler = clock.register((argument) => {
      happened.push(argument);
      if (argument === 1) clock.stop();
    });
    for (const time of [10, 20]) clock.schedule(time, handler, time / 10);
    expect(clock.runUntil(100)).toBe(false);
    expect([happened, clock.now]).toEqual([[1], 10]);
    expect(clock.runUntil(100)).toBe(true);
    expect([happened, clock.now]).toEqual([[1, 2], 100]);
    clock.schedule(110, handler, 1);
    clock.schedule(120, handler, 2);
    expect(clock.run()).toBe(1);
    expect(clock.run()).toBe(1);
  });

  test('an event that has happened, or was cancelled, cannot be cancelled, even when its place is used again', () => {
    const clock = new VirtualClock();
    const handler = clock.register(() => {});
    const past = clock.schedule(1, handler);
    clock.run();
    const cancelled = clock.schedule(2, handler);
    expect(clock.cancel(cancelled)).toBe(true);
    const present = clock.schedule(3, handler);
    for (const token of [past, cancelled, 0, -1, 1.5, Number.NaN]) expect(clock.cancel(token)).toBe(false);
    expect(clock.pending).toBe(1);
    expect(clock.cancel(present)).toBe(true);
  });

  test('an event that throws is over; the clock goes on', () => {
    const clock = new VirtualClock();
    const happened: number[] = [];
    const failing = clock.register(() => {
      throw new Error('broken');
    });
    const handler = clock.register((argument) => happened.push(argument));
    clock.schedule(1, failing);
    clock.schedule(2, handler, 7);
    expect(() => clock.run()).toThrow('broken');
    expect(clock.now).toBe(1);
    clock.run();
    expect(happened).toEqual([7]);
  });

  test('run stops after as many events as it may', () => {
    const clock = new VirtualClock();
    const tick = clock.register(() => clock.schedule(clock.now + 10, tick));
    clock.schedule(0, tick);
    expect(clock.run(5)).toBe(5);
    expect(clock.now).toBe(40);
  });

  test.each([-1, 99, Number.NaN, Infinity])('refuses the time %s at 100 ns', (time) => {
    const clock = new VirtualClock();
    const handler = clock.register(() => {});
    clock.runUntil(100);
    expect(() => clock.schedule(time, handler)).toThrow(MachineArgumentError);
    expect(() => clock.runUntil(time)).toThrow(/is no time to come \(it is 100 ns now\)/);
    expect([clock.now, clock.pending]).toEqual([100, 0]);
  });

  test('refuses a handler that was never registered', () => {
    expect(() => new VirtualClock().schedule(0, 0)).toThrow(/schedule takes what register returned/);
  });
});

describe('event queue', () => {
  test('keeps heap order while events come, go and are removed from the middle', () => {
    const command = fc.oneof(
      fc.record({ do: fc.constant('push' as const), time: fc.integer({ min: 0, max: 9 }) }),
      fc.record({ do: fc.constant('pop' as const), time: fc.constant(0) }),
      fc.record({ do: fc.constant('remove' as const), time: fc.nat(1000) }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 400, size: 'max' }), (commands) => {
        const queue = new EventQueue();
        let model: { time: number; id: number; token: number }[] = [];
        let next = 0;
        for (const { do: what, time } of commands) {
          if (what === 'push') {
            const id = next++;
            model.push({ time, id, token: queue.push(time, LAST_RANK, 3, id) });
            model = model.toSorted((a, b) => a.time - b.time || a.id - b.id);
          } else if (model.length > 0) {
            const [gone] = model.splice(what === 'pop' ? 0 : time % model.length, 1);
            if (what === 'pop') {
              expect([queue.nextTime, queue.firstHandler, queue.firstArgument]).toEqual([gone?.time, 3, gone?.id]);
              queue.removeFirst();
            } else {
              expect(queue.remove(gone?.token as number)).toBe(true);
            }
          }
          expect(queue.size).toBe(model.length);
          expect(queue.nextTime).toBe(model[0]?.time ?? Infinity);
        }
      }),
    );
  });
});
