import { readFileSync } from 'node:fs';
import { craft, ipv4, ipv6, tcp, udp } from '@hookline/packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../src/config/read-config.ts';
import { rateLimiter } from '../src/rate-limiter/rate-limiter.ts';
import type { Limit, RateLimiterConfig, ServiceLimit } from '../src/rate-limiter/rate-limiter-config.ts';
import { rateLimiterSchema } from '../src/rate-limiter/schema.ts';
import { frames } from './arbitrary-traffic.ts';
import { RateLimiterModel } from './rate-limiter-model.ts';
import { VirtualCpus } from './virtual-cpus.ts';

const CPUS = 4;
const [DROP, PASS] = [1, 2];

const read = (text: string): RateLimiterConfig => readConfig(rateLimiterSchema, text);

function start(config: RateLimiterConfig) {
  const machine = new VirtualCpus(CPUS);
  const { loaded, control } = machine.start(rateLimiter, config);
  /** @param millisecond of the clock */
  const see = (frame: Uint8Array, millisecond: number, cpu = 0) => {
    machine.clock.now = millisecond * 1e6;
    return machine.run(loaded.programs.rateLimiter, frame, cpu);
  };
  /** How many of so many packets pass, sent from one CPU after the other. */
  const passing = (frame: Uint8Array, count: number, millisecond: number) => {
    let passed = 0;
    for (let i = 0; i < count; i++) if (see(frame, millisecond, i % CPUS) === PASS) passed++;
    return passed;
  };
  return { loaded, control, see, passing };
}

const limit: fc.Arbitrary<Limit> = fc.oneof(
  fc.record({
    unit: fc.constant('packets' as const),
    perSecond: fc.constantFrom(1, 3, 7, 10, 999, 1000, 123_457),
    burst: fc.integer({ min: 1, max: 5 }),
  }),
  fc.record({
    unit: fc.constant('bits' as const),
    perSecond: fc.constantFrom(1, 999, 8000, 1_000_001),
    burst: fc.integer({ min: 400, max: 4000 }),
  }),
);
const port = fc.option(
  fc.record({ protocol: fc.constantFrom('tcp' as const, 'udp' as const), number: fc.constantFrom(0, 53, 80, 443) }),
  { nil: undefined },
);
const services: fc.Arbitrary<readonly ServiceLimit[]> = fc.uniqueArray(
  fc.record({
    name: fc.string({ minLength: 1, maxLength: 5 }),
    destination: fc.constantFrom('192.0.2.1', '192.0.2.130', '2001:db8::1', '2001:db8:8000::1'),
    port,
    limit,
  }),
  {
    maxLength: 5,
    comparator: (one, other) =>
      one.name === other.name ||
      (one.destination === other.destination &&
        one.port?.protocol === other.port?.protocol &&
        one.port?.number === other.port?.number),
  },
);
const configs: fc.Arbitrary<RateLimiterConfig> = fc.record({
  sources: fc.oneof(
    fc.constant(false as const),
    fc.record({
      limit,
      prefixLength: fc.record({
        ipv4: fc.constantFrom(1, 8, 24, 25, 31, 32),
        ipv6: fc.constantFrom(1, 33, 48, 63, 64, 65, 112, 128),
      }),
      entries: fc.constant(1024),
    }),
  ),
  services,
  allow: fc.constantFrom([], ['198.51.100.0/29'], ['2001:db8::1/128', '192.0.2.130/32']),
});
const arrivals = fc.array(
  fc.record({
    frame: frames,
    cpu: fc.nat({ max: CPUS - 1 }),
    gap: fc.constantFrom(0, 0, 0, 1, 2, 333, 1000, 86_400_000),
  }),
  { minLength: 1, maxLength: 80, size: 'max' },
);

test('every packet meets the fate that the model says, over several CPUs', () => {
  fc.assert(
    fc.property(configs, arrivals, (config, traffic) => {
      const { control, see } = start(config);
      const model = new RateLimiterModel(config);
      const expected = new Map<string, { packets: bigint; bytes: bigint }>();
      let now = 5000;
      for (const { frame, cpu, gap } of traffic) {
        now += gap;
        const { verdict, counted } = model.judge(frame, now);
        expect(see(frame, now, cpu)).toBe(verdict === 'pass' ? PASS : DROP);
        const { packets, bytes } = expected.get(counted) ?? { packets: 0n, bytes: 0n };
        expected.set(counted, { packets: packets + 1n, bytes: bytes + BigInt(frame.length) });
      }
      const rows = control.rows().filter((row) => row.packets > 0n);
      expect(Object.fromEntries(rows.map(({ label, packets, bytes }) => [label, { packets, bytes }]))).toEqual(
        Object.fromEntries(expected),
      );
    }),
    { numRuns: 40 },
  );
}, 60_000);

describe('a bucket', () => {
  const from = (source: string) => craft(source.includes(':') ? ipv6({ source }, udp()) : ipv4({ source }, udp()));

  test('gives its burst at once and its rate afterwards, whatever the CPUs are', () => {
    const { passing } = start(read('sources: { limit: { packets: 10, burst: 5 } }'));
    const frame = from('192.0.2.1');
    expect(passing(frame, 100, 1000)).toBe(5);
    expect(passing(frame, 100, 1099)).toBe(0);
    expect(passing(frame, 100, 1100)).toBe(1);
    expect(passing(frame, 100, 1400)).toBe(3);
    expect(passing(frame, 100, 9000)).toBe(5);
  });

  test('loses nothing to rounding: a rate of 7 a second is 6999 packets in 999.964 seconds, beside the burst', () => {
    const { see } = start(read('sources: { limit: { packets: 7, burst: 2 } }'));
    const frame = from('192.0.2.1');
    let passed = 0;
    // Each try comes after less than one token's time, so that the bucket never overflows.
    for (let now = 0; now <= 1_000_000; now += 71) if (see(frame, now, now % CPUS) === PASS) passed++;
    expect(passed).toBe(2 + 6999);
  });

  test('counts bits of the frame', () => {
    const { passing } = start(read('sources: { limit: { bits: 8000, burst: 1600 } }'));
    const frame = craft(ipv4({}, udp({}, new Uint8Array(58)))); // 100 bytes, 800 bits
    expect(passing(frame, 10, 0)).toBe(2);
    expect(passing(frame, 10, 99)).toBe(0);
    expect(passing(frame, 10, 100)).toBe(1);
  });

  test('of a source is that of its network', () => {
    const { passing, control } = start(read('sources: { limit: { packets: 1, burst: 2 }, ipv4: 24, ipv6: 72 }'));
    expect(passing(from('192.0.2.1'), 5, 0)).toBe(2);
    expect(passing(from('192.0.2.255'), 5, 0)).toBe(0);
    expect(passing(from('192.0.3.1'), 5, 0)).toBe(2);
    expect(passing(from('2001:db8::ff:1:2:3'), 5, 0)).toBe(2);
    expect(passing(from('2001:db8::fe:1:2:3'), 5, 0)).toBe(0);
    expect(passing(from('2001:db8::1ff:1:2:3'), 5, 0)).toBe(2);
    expect(control.sources().toSorted()).toEqual([
      '192.0.2.0/24',
      '192.0.3.0/24',
      '2001:db8:0:0:100::/72',
      '2001:db8::/72',
    ]);
  });

  test('does not mind a CPU whose clock is behind', () => {
    const { passing } = start(read('sources: { limit: { packets: 1000, burst: 3 } }'));
    const frame = from('192.0.2.1');
    expect(passing(frame, 5, 10_000)).toBe(3);
    expect(passing(frame, 5, 9_999)).toBe(0);
    expect(passing(frame, 5, 9_100)).toBe(0);
    expect(passing(frame, 5, 10_001)).toBe(1);
  });

  test('goes on when the ticks start again after 2^32 milliseconds', () => {
    const { passing } = start(read('sources: { limit: { packets: 1000, burst: 3 } }'));
    const frame = from('192.0.2.1');
    expect(passing(frame, 5, 2 ** 32 - 1)).toBe(3);
    expect(passing(frame, 5, 2 ** 32)).toBe(1);
    expect(passing(frame, 5, 2 ** 32 + 2)).toBe(2);
  });
});

describe('services', () => {
  const to = (destination: string, destinationPort: number) => craft(ipv4({ destination }, tcp({ destinationPort })));
  const config = read(`
services:
  - { name: web, destination: 192.0.2.80, protocol: tcp, port: 443, limit: { packets: 10, burst: 4 } }
  - { name: host, destination: 192.0.2.80, limit: { packets: 1, burst: 2 } }
allow: 203.0.113.0/24
`);

  test('are found by port, then by address; others pass', () => {
    const { passing } = start(config);
    expect(passing(to('192.0.2.80', 443), 9, 0)).toBe(4);
    expect(passing(to('192.0.2.80', 80), 9, 0)).toBe(2);
    expect(passing(to('192.0.2.81', 443), 9, 0)).toBe(9);
  });

  test('do not limit who is on the allow list, from when he is', () => {
    const { passing, control } = start(config);
    const frame = craft(ipv4({ source: '198.51.100.1', destination: '192.0.2.80' }, tcp({ destinationPort: 443 })));
    expect(passing(frame, 9, 0)).toBe(4);
    control.allow('198.51.100.0/24');
    expect(passing(frame, 9, 0)).toBe(9);
    expect(control.allowed().toSorted()).toEqual(['198.51.100.0/24', '203.0.113.0/24']);
    expect([control.disallow('198.51.100.0/24'), control.disallow('198.51.100.0/24')]).toEqual([true, false]);
    expect(passing(frame, 9, 0)).toBe(0);
  });

  test('get another limit while they run', () => {
    const { passing, control } = start(config);
    const frame = to('192.0.2.80', 443);
    expect(passing(frame, 9, 0)).toBe(4);
    control.setLimit('web', { unit: 'bits', perSecond: 54 * 8 * 10, burst: 54 * 8 * 3 });
    expect(passing(frame, 9, 0)).toBe(3);
    expect(passing(frame, 9, 100)).toBe(1);
    expect(() => control.setLimit('wbe', config.services[0]?.limit as Limit)).toThrow(
      "There is no service 'wbe': use one of web, host.",
    );
  });

  test('count what passes and what does not, and start again', () => {
    const { passing, control } = start(config);
    passing(to('192.0.2.80', 443), 9, 0);
    const rows = () => control.rows().filter(({ packets }) => packets > 0n);
    expect(rows()).toEqual([
      { label: 'service web', action: 'pass', packets: 4n, bytes: 216n },
      { label: 'service web, over its limit', action: 'drop', packets: 5n, bytes: 270n },
    ]);
    control.reset();
    expect(rows()).toEqual([]);
  });
});

describe('the configuration', () => {
  const service = (rest: string) => `services: [{ name: a, destination: 192.0.2.1, ${rest} }]`;

  test('has everything filled in', () => {
    expect(read('sources: { limit: { packets: 5, burst: 1 } }')).toEqual({
      sources: {
        limit: { unit: 'packets', perSecond: 5, burst: 1 },
        prefixLength: { ipv4: 32, ipv6: 64 },
        entries: 65_536,
      },
      services: [],
      allow: [],
    });
    expect(read('{}')).toEqual({ sources: false, services: [], allow: [] });
  });

  test.each([
    ['source: {}', "source: There is no such key in a configuration: did you mean 'sources'?"],
    [
      'sources: { limit: { packets: 1, bits: 2, burst: 3 } }',
      'sources.limit: A limit counts either packets or bits: give one of the two, a second.',
    ],
    ['sources: { limit: { burst: 3 } }', 'sources.limit: A limit counts either packets or bits'],
    [
      'sources: { limit: { packets: 0, burst: 3 } }',
      'sources.limit.packets: 0 is not a rate: give a whole number from 1 to 1000000000000.',
    ],
    [
      'sources: { limit: { packets: 7, burst: 5000000 } }',
      'sources.limit.burst: A burst of 5000000 at 7 a second is too large: give at most 4294967, or a rate in whole thousands.',
    ],
    [
      'sources: { limit: { packets: 7, burst: 5 }, ipv4: 33 }',
      'sources.ipv4: 33 is not a prefix length: give a whole number from 1 to 32.',
    ],
    [service('port: 80, limit: { packets: 1, burst: 1 }'), 'A protocol and a port belong together'],
    [
      'services: [{ name: a, destination: 192.0.2.0/24, limit: { packets: 1, burst: 1 } }]',
      'services[0].destination: "192.0.2.0/24" is a network: write one address, like 192.0.2.0.',
    ],
    ['services: 3', 'services: 3 is no list of services: put a dash before each.'],
    ['allow: [10.0.0.1/8]', "allow[0]: '10.0.0.1/8' has bits behind its length: write 10.0.0.0/8"],
  ])('%s is refused in one sentence', (text, sentence) => {
    expect(() => read(text)).toThrow(sentence);
  });

  test('names each service once, and has one limit for each place', () => {
    const one = (name: string, address: string) =>
      `{ name: ${name}, destination: ${address}, limit: { packets: 1, burst: 1 } }`;
    expect(() => read(`services: [${one('a', '192.0.2.1')}, ${one('a', '192.0.2.2')}]`)).toThrow(
      "services[1].name: There is a service 'a' already: give each its own name.",
    );
    expect(() => read(`services: [${one('a', '192.0.2.1')}, ${one('b', '192.0.2.1')}]`)).toThrow(
      'services[1].destination: Another service has the same address and port: give one limit for them.',
    );
  });

  test('of the example is the default', () => {
    const example = readFileSync(new URL('../examples/rate-limiter.yaml', import.meta.url), 'utf8');
    expect(rateLimiter.defaults).toEqual(read(example));
  });
});
