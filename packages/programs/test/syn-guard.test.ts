import { readFileSync } from 'node:fs';
import { craft, ipv4, ipv6, tcp } from '@hookline/packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../src/config/read-config.ts';
import { synGuardSchema } from '../src/syn-guard/schema.ts';
import { synGuard } from '../src/syn-guard/syn-guard.ts';
import type { SynGuardConfig } from '../src/syn-guard/syn-guard-config.ts';
import { frames } from './arbitrary-traffic.ts';
import { canonical } from './counters-model.ts';
import { parse } from './first-match.ts';
import { TokenBucketModel } from './token-bucket-model.ts';
import { VirtualCpus } from './virtual-cpus.ts';

const CPUS = 4;
const [DROP, PASS] = [1, 2];

const read = (text: string): SynGuardConfig => readConfig(synGuardSchema, text);

function start(config: SynGuardConfig) {
  const machine = new VirtualCpus(CPUS);
  const { loaded, control } = machine.start(synGuard, config);
  /** @param millisecond of the clock */
  const see = (frame: Uint8Array, millisecond: number, cpu = 0) => {
    machine.clock.now = millisecond * 1e6;
    return machine.run(loaded.programs.synGuard, frame, cpu);
  };
  return { control, see };
}

/** What the guard has to do, with maps that forget nothing. */
class Model {
  readonly #config: SynGuardConfig;
  readonly #targets = new Map<string, TokenBucketModel>();
  readonly #held = new Map<string, number>();

  constructor(config: SynGuardConfig) {
    this.#config = config;
  }

  judge(frame: Uint8Array, now: number): string {
    const facts = parse(frame);
    if (typeof facts === 'string' || facts.tcp === undefined || (facts.tcp.flags & 0x12) !== 0x02) return 'no SYN';
    const { threshold, retry } = this.#config;
    const { sourcePort, destinationPort, sequenceNumber } = facts.tcp;
    const target = `${canonical(facts.destination)} ${destinationPort}`;
    const bucket = this.#targets.get(target) ?? new TokenBucketModel(threshold.perSecond, threshold.burst, now);
    this.#targets.set(target, bucket);
    if (bucket.take(now)) return 'SYN within the threshold';
    const syn = `${target} ${canonical(facts.source)} ${sourcePort} ${sequenceNumber}`;
    const age = now - (this.#held.get(syn) ?? Number.NEGATIVE_INFINITY);
    if (age >= retry.from && age <= retry.to) return 'SYN sent again';
    if (age > retry.to) this.#held.set(syn, now);
    return 'SYN held back';
  }
}

const syns = fc
  .record({
    six: fc.boolean(),
    sourcePort: fc.constantFrom(1000, 1001),
    port: fc.constantFrom(80, 443),
    number: fc.constantFrom(5, 6),
  })
  .map(({ six, sourcePort, port, number }) => {
    const segment = tcp({ sourcePort, destinationPort: port, sequenceNumber: number, flags: ['SYN'] });
    return craft(six ? ipv6({}, segment) : ipv4({}, segment));
  });

test('every packet meets the fate that the model says, over several CPUs', () => {
  const config = read('threshold: { perSecond: 1, burst: 2 }\nretry: { from: 800, to: 3000 }');
  const traffic = fc.array(
    fc.record({
      frame: fc.oneof({ weight: 4, arbitrary: syns }, frames),
      cpu: fc.nat({ max: CPUS - 1 }),
      gap: fc.constantFrom(0, 0, 1, 100, 799, 800, 3000),
    }),
    { minLength: 20, maxLength: 80, size: 'max' },
  );
  fc.assert(
    fc.property(traffic, (arrivals) => {
      const { control, see } = start(config);
      const model = new Model(config);
      const expected = new Map<string, bigint>();
      let now = 5000;
      for (const { frame, cpu, gap } of arrivals) {
        now += gap;
        const fate = model.judge(frame, now);
        expect(see(frame, now, cpu)).toBe(fate === 'SYN held back' ? DROP : PASS);
        expected.set(fate, (expected.get(fate) ?? 0n) + 1n);
      }
      const rows = control.rows().filter(({ packets }) => packets > 0n);
      expect(Object.fromEntries(rows.map(({ label, packets }) => [label, packets]))).toEqual(
        Object.fromEntries(expected),
      );
    }),
    { numRuns: 40 },
  );
}, 60_000);

describe('a SYN above the threshold', () => {
  const config = read('threshold: { perSecond: 1, burst: 1 }');
  const syn = (sourcePort: number, sequenceNumber = 1) =>
    craft(ipv4({}, tcp({ sourcePort, destinationPort: 80, sequenceNumber, flags: ['SYN'] })));
  /** The bucket is emptied again in each millisecond that a test looks at. */
  const flooded = () => {
    const { control, see } = start(config);
    const at = (frame: Uint8Array, millisecond: number) => {
      for (let i = 0; i < 3; i++) see(syn(60_000 + i, millisecond), millisecond);
      return see(frame, millisecond);
    };
    return { control, at };
  };

  test('passes when it is sent again after a second, and again if its answer is lost', () => {
    const { at } = flooded();
    expect([0, 1000, 3000, 7000].map((time) => at(syn(1), time))).toEqual([DROP, PASS, PASS, PASS]);
  });

  test('does not pass when it is sent again at once, or with another sequence number', () => {
    const { at } = flooded();
    expect([at(syn(1), 0), at(syn(1), 799), at(syn(1, 2), 1000), at(syn(2), 1000)]).toEqual([DROP, DROP, DROP, DROP]);
  });

  test('waits anew when it was held too long ago', () => {
    const { at } = flooded();
    expect([0, 10_001, 10_002, 11_001].map((time) => at(syn(1), time))).toEqual([DROP, DROP, DROP, PASS]);
  });

  test('holds nobody back who is not there to connect to the same port', () => {
    const { at } = flooded();
    const other = craft(ipv4({}, tcp({ destinationPort: 443, flags: ['SYN'] })));
    const answer = craft(ipv4({}, tcp({ destinationPort: 80, flags: ['SYN', 'ACK'] })));
    expect([at(other, 0), at(answer, 0)]).toEqual([PASS, PASS]);
  });

  test('counts, and starts again', () => {
    const { control, at } = flooded();
    at(syn(1), 0);
    const held = () => control.rows().find(({ label }) => label === 'SYN held back');
    expect(held()).toEqual({ label: 'SYN held back', action: 'drop', packets: 3n, bytes: 162n });
    control.reset();
    expect(held()).toMatchObject({ packets: 0n });
  });
});

describe('the configuration', () => {
  test('has everything filled in', () => {
    expect(read('threshold: { perSecond: 5, burst: 1 }')).toEqual({
      threshold: { perSecond: 5, burst: 1 },
      destinations: 4096,
      pending: 131_072,
      retry: { from: 800, to: 10_000 },
    });
  });

  test.each([
    [
      'threshold: { perSecond: 5, burst: 1 }\ntreshold: 1',
      "treshold: There is no such key in a configuration: did you mean 'threshold'?",
    ],
    ['pending: 1', 'threshold: Nothing is no threshold: give an object with the keys perSecond, burst.'],
    [
      'threshold: { perSecond: 0, burst: 1 }',
      'threshold.perSecond: 0 is not a rate: give a whole number from 1 to 1000000000.',
    ],
    ['threshold: { perSecond: 7, burst: 5000000 }', 'threshold.burst: A burst of 5000000 at 7 a second is too large'],
    [
      'threshold: { perSecond: 7, burst: 5 }\nretry: { from: 9, to: 8 }',
      'retry: The time ends before it begins: give from and to in rising order.',
    ],
  ])('%j is refused in one sentence', (text, sentence) => {
    expect(() => read(text)).toThrow(sentence);
  });

  test('of the example is the default', () => {
    const example = readFileSync(new URL('../examples/syn-guard.yaml', import.meta.url), 'utf8');
    expect(synGuard.defaults).toEqual(read(example));
  });
});
