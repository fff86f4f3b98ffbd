import { LinearMemory, Random, VirtualClock } from '@hookline/machine';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FRAME_FLAG, Nic, REGISTER } from '../src/index.ts';
import { TestDriver } from './test-driver.ts';
import { ListSink, ListSource, numbered, numberOf } from './traffic.ts';

/** A whole simulation that depends on nothing but these. */
const scenario = fc.record({
  seed: fc.integer(),
  cards: fc.integer({ min: 1, max: 2 }),
  // At 8 Gb/s a byte takes a nanosecond, and much happens at the very same moment.
  lineRate: fc.constantFrom(8e9, 10e9),
  queues: fc.constantFrom(1, 2, 3),
  frames: fc.integer({ min: 1, max: 300 }),
  meanGap: fc.constantFrom(0, 20, 100, 2000),
  drop: fc.boolean(),
  interval: fc.constantFrom(0, 1, 5, 50),
  rxFrames: fc.constantFrom(0, 1, 16),
  budget: fc.constantFrom(1, 8, 64),
  frameCost: fc.constantFrom(0, 41, 300),
  forward: fc.boolean(),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

const END = 1_500_000;

/** Runs a scenario, advanced as `advance` likes, and tells everything that can be seen of it. */
function simulate(options: Scenario, advance: (clock: VirtualClock) => void) {
  const { queues, budget, frameCost } = options;
  const memory = new LinearMemory(512);
  const clock = new VirtualClock();
  const log: string[] = [];
  const sinks: ListSink[] = [];
  const cards = Array.from({ length: options.cards }, (_, card) => {
    const { lineRate } = options;
    const buffers = { receiveBuffer: 9728, transmitBuffer: 9728 };
    const nic = new Nic({ memory, clock, name: `eth${card}`, queues, lineRate, ...buffers });
    const driver = new TestDriver(nic, { ringSize: 64, drop: options.drop, bufferSize: 1600 });
    const random = new Random(options.seed).fork(nic.name);
    let time = 0;
    const frames = Array.from({ length: options.frames }, (_, n) => {
      time += options.meanGap === 0 ? 0 : random.below(2 * options.meanGap);
      const length = random.below(10) === 0 ? 60 + random.below(1700) : 60;
      const flags = random.below(50) === 0 ? FRAME_FLAG.BAD_FCS : 0;
      return { time, bytes: numbered(n, length, random.below(8)), flags };
    });
    const sink = new ListSink();
    sinks.push(sink);
    nic.attachSink(sink);
    nic.attachSource(new ListSource(frames));
    const poll = clock.register((queue) => {
      nic.write(REGISTER.EICR, 2 ** queue);
      driver.clean(queue);
      const count = driver.poll(queue, budget);
      if (options.forward) driver.doorbell(queue);
      if (count === budget) clock.schedule(clock.now + count * frameCost + 10, poll, queue);
      else nic.write(REGISTER.EIMS, 2 ** queue);
    });
    driver.onFrame = ({ queue, address, length }) => {
      const number = numberOf(memory.bytes.subarray(address, address + length));
      log.push(`${clock.now} ${nic.name} received ${number} in ${queue}`);
      if (options.forward && number % 3 === 0) driver.send(queue, address, length);
    };
    nic.onInterrupt((vector) => {
      log.push(`${clock.now} ${nic.name} raised ${vector}`);
      clock.schedule(clock.now + 350, poll, vector);
    });
    for (let queue = 0; queue < queues; queue++) {
      nic.write(REGISTER.EITR + queue, options.interval);
      nic.write(REGISTER.EIFR + queue, options.rxFrames);
    }
    nic.write(REGISTER.EIMS, 2 ** queues - 1);
    return nic;
  });
  advance(clock);
  const left = sinks.map(({ frames }) => frames.map(({ bytes, time }) => `${time} ${numberOf(bytes)} ${bytes.length}`));
  return { cards, seen: { log, left, statistics: cards.map((nic) => nic.statistics()), now: clock.now } };
}

describe('the same simulation', () => {
  test('is the same, in one step or in many', () => {
    fc.assert(
      fc.property(scenario, fc.integer(), fc.constantFrom(10, 1000, 100_000), (options, seed, most) => {
        const once = simulate(options, (clock) => clock.runUntil(END)).seen;
        const random = new Random(seed);
        const often = simulate(options, (clock) => {
          while (clock.now < END && clock.pending > 0)
            clock.runUntil(Math.min(END, clock.now + 1 + random.below(most)));
          clock.runUntil(END);
        }).seen;
        expect(often).toEqual(once);
        const singly = simulate(options, (clock) => {
          while (clock.nextTime <= END) clock.step();
          clock.runUntil(END);
        }).seen;
        expect(singly).toEqual(once);
      }),
      { numRuns: 25 },
    );
  });

  test('accounts for every frame at any time, and has received or dropped all at its end', () => {
    fc.assert(
      fc.property(scenario, (options) => {
        const { cards } = simulate(options, (clock) => {
          for (let time = 0; time <= END; time += END / 20) {
            clock.runUntil(time);
          }
        });
        for (const nic of cards) {
          const { wire, received, dropped, held } = nic.ledger();
          const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
          expect(received + lost + held).toBe(wire);
          expect([wire, held]).toEqual([options.frames, 0]);
        }
      }),
      { numRuns: 25 },
    );
  });
});
