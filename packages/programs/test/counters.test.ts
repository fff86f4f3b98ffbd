import { readFileSync } from 'node:fs';
import type { Row } from '@hookline/bpf';
import { craft, ipv4, ipv6, tcp, udp } from '@hookline/packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../src/config/read-config.ts';
import { counters } from '../src/counters/counters.ts';
import type { Buckets, CountersConfig } from '../src/counters/counters-config.ts';
import { countersSchema } from '../src/counters/schema.ts';
import { frames } from './arbitrary-traffic.ts';
import { CountersModel, canonical, type Tally } from './counters-model.ts';
import { VirtualCpus } from './virtual-cpus.ts';

const XDP_PASS = 2;
const CPUS = 3;

const read = (text: string): CountersConfig => readConfig(countersSchema, text);

function start(config: CountersConfig) {
  const machine = new VirtualCpus(CPUS);
  const { loaded, control } = machine.start(counters, config);
  const see = (frame: Uint8Array, cpu = 0, now = 1) => {
    machine.clock.now = now;
    return machine.run(loaded.programs.counters, frame, cpu);
  };
  return { loaded, control, see };
}

const buckets: fc.Arbitrary<Buckets> = fc.constantFrom<Buckets[]>(
  false,
  'powersOfTwo',
  [1],
  [54, 60, 61, 100],
  [1000, 1001, 1_000_000],
);
const configs: fc.Arbitrary<CountersConfig> = fc.record({
  protocols: fc.boolean(),
  tcpFlags: fc.boolean(),
  ports: fc.constantFrom(
    false as const,
    { sides: ['destination' as const], watch: [80, 443], learn: 2 },
    { sides: ['source' as const, 'destination' as const], watch: [], learn: 6 },
    { sides: ['source' as const], watch: [22], learn: 0 },
  ),
  prefixes: fc.constantFrom(
    false as const,
    { source: ['192.0.2.0/24', '192.0.2.128/25', '2001:db8::/64'], destination: ['0.0.0.0/0', '::/0'] },
    { source: [], destination: ['192.0.2.130/32', '2001:db8:8000::/33'] },
  ),
  flows: fc.constantFrom(
    false as const,
    { entries: 4096, events: false as const },
    { entries: 4096, events: { perSecond: 7, burst: 3 } },
  ),
  sizes: buckets,
  interArrival: buckets,
});
const arrivals = fc.array(
  fc.record({
    frame: frames,
    cpu: fc.nat({ max: CPUS - 1 }),
    gap: fc.constantFrom(0, 1, 999, 1000, 65_536, 250_000_000),
  }),
  { minLength: 1, maxLength: 60, size: 'max' },
);

const byLabel = (rows: readonly Row[]) =>
  Object.fromEntries(rows.map(({ label, packets, bytes }) => [label, { packets, bytes }]));
const expected = (counts: ReadonlyMap<string, Tally>) => Object.fromEntries(counts);

/** How many values lie in each bucket, counted one by one. */
function counted(kind: Buckets, values: readonly number[]): readonly bigint[] {
  if (kind === false) return [];
  const bounds = kind === 'powersOfTwo' ? Array.from({ length: 64 }, (_, i) => 2 ** i) : kind;
  const counts = [0, ...bounds].map(() => 0n);
  for (const value of values) {
    const slot = bounds.filter((bound) => bound <= value).length;
    counts[slot] = (counts[slot] ?? 0n) + 1n;
  }
  return counts;
}

test('tables, flows, events and histograms are those of the model, over several CPUs', () => {
  fc.assert(
    fc.property(configs, arrivals, (config, traffic) => {
      const { control, see } = start(config);
      const model = new CountersModel(config);
      let now = 1_000_000;
      for (const { frame, cpu, gap } of traffic) {
        now += gap;
        expect(see(frame, cpu, now)).toBe(XDP_PASS);
        model.see(frame, now);
      }
      const tables = control.tables();
      expect(byLabel(tables.protocols)).toEqual(config.protocols ? expected(model.protocols) : {});
      expect(byLabel(tables.tcpFlags)).toEqual(config.tcpFlags ? expected(model.tcpFlags) : {});
      const zero = { packets: 0n, bytes: 0n };
      expect(byLabel(tables.ports)).toEqual(config.ports ? { 'other ports': zero, ...expected(model.ports) } : {});
      expect(byLabel(tables.prefixes.filter((row) => row.packets > 0n))).toEqual(expected(model.prefixes));

      const flows = control
        .topTalkers(10_000)
        .map(({ source, destination, sourcePort, destinationPort, protocol, ...counts }) => {
          return [
            `${protocol} ${canonical(source)} ${sourcePort} ${canonical(destination)} ${destinationPort}`,
            counts,
          ];
        });
      expect(Object.fromEntries(flows)).toEqual(config.flows ? Object.fromEntries(model.flows) : {});
      const events = control.events().map(({ source, destination, sourcePort, destinationPort, protocol }) => {
        return `${protocol} ${canonical(source)} ${sourcePort} ${canonical(destination)} ${destinationPort}`;
      });
      expect(events).toEqual(model.events);

      const { sizes, interArrival } = control.histograms();
      expect(sizes.map(({ count }) => count)).toEqual(counted(config.sizes, model.sizes));
      expect(interArrival.map(({ count }) => count)).toEqual(counted(config.interArrival, model.gaps));
    }),
    { numRuns: 25 },
  );
}, 60_000);

describe('top talkers', () => {
  const config = read('flows: { entries: 4, events: false }');
  const packet = (port: number, size: number) => craft(ipv4({}, udp({ sourcePort: port }, new Uint8Array(size))));

  test('are those with the most bytes, or packets', () => {
    const { control, see } = start(config);
    see(packet(1, 1000));
    for (let i = 0; i < 3; i++) see(packet(2, 10));
    see(packet(3, 500));
    expect(control.topTalkers(2).map(({ sourcePort }) => sourcePort)).toEqual([1, 3]);
    expect(control.topTalkers(1, 'packets')).toMatchObject([{ sourcePort: 2, packets: 3n, bytes: 156n }]);
    expect(control.topTalkers(0)).toEqual([]);
  });

  test('keep no more flows than they may, and keep the latest', () => {
    const { control, see } = start(config);
    for (let port = 1; port <= 500; port++) see(packet(port, 0));
    const kept = control.topTalkers(1000).map(({ sourcePort }) => sourcePort);
    expect(kept.length).toBeLessThanOrEqual(4);
    expect(kept).toContain(500);
  });
});

describe('events of new flows', () => {
  const packet = (port: number) => craft(ipv6({}, tcp({ sourcePort: port, destinationPort: 443 })));

  test('say who, when and how long, and never exceed their rate', () => {
    const { control, see } = start(read('flows: { events: { perSecond: 10, burst: 2 } }'));
    for (let port = 0; port < 100; port++) see(packet(port), port % CPUS, 5e9);
    expect(control.events()).toEqual(
      [0, 1].map((sourcePort) => ({
        time: 5_000_000_000n,
        source: '2001:db8::1',
        destination: '2001:db8::2',
        protocol: 6,
        sourcePort,
        destinationPort: 443,
        length: 74,
      })),
    );
    expect(control.events()).toEqual([]);
    for (let port = 1000; port < 1100; port++) see(packet(port), 0, 5.099e9);
    expect(control.events()).toEqual([]);
    for (let port = 2000; port < 2100; port++) see(packet(port), 0, 5.1e9);
    expect(control.events()).toMatchObject([{ sourcePort: 2000 }]);
  });

  test('do not repeat for a flow that is known', () => {
    const { control, see } = start(read('{}'));
    for (let i = 0; i < 5; i++) see(packet(7), i % CPUS);
    expect(control.events()).toHaveLength(1);
  });
});

test('reset forgets everything but what the configuration says', () => {
  const config = read(
    'ports: { watch: 9, learn: 1 }\nprefixes: { source: 192.0.2.1 }\nflows: { events: { burst: 1 } }',
  );
  const { control, see } = start(config);
  const frame = craft(ipv4({ source: '192.0.2.1' }, tcp({ destinationPort: 9 })));
  const other = craft(ipv4({ source: '192.0.2.1' }, tcp({ destinationPort: 10 })));
  const state = () => ({ rows: control.rows(), histograms: control.histograms(), top: control.topTalkers(9) });
  const empty = state();
  const fill = () => {
    for (const one of [frame, other]) see(one, 1, 2e9);
    return { ...state(), events: control.events() };
  };
  const filled = fill();
  expect(filled.rows).toContainEqual({ label: 'tcp destination 10', action: 'pass', packets: 1n, bytes: 54n });
  expect(filled.rows).toContainEqual({ label: 'source 192.0.2.1/32', action: 'pass', packets: 2n, bytes: 108n });
  expect(filled.events).toHaveLength(1);
  control.reset();
  expect(state()).toEqual(empty);
  expect(fill()).toEqual(filled);
});

test('what is switched off leaves no instruction behind', () => {
  const off = read(
    '{ protocols: false, tcpFlags: false, ports: false, flows: false, sizes: false, interArrival: false }',
  );
  const { programs } = counters.build(off);
  expect(programs.counters.instructions.length).toBeLessThan(30);
  const { control, see } = start(off);
  see(craft(ipv4({}, tcp())));
  expect(control.rows()).toEqual([{ label: 'all packets', action: 'pass', packets: 1n, bytes: 54n }]);
});

describe('the configuration', () => {
  test('has everything filled in', () => {
    expect(read('{}')).toEqual({
      protocols: true,
      tcpFlags: true,
      ports: { sides: ['destination'], watch: [], learn: 1024 },
      prefixes: false,
      flows: { entries: 4096, events: { perSecond: 100, burst: 100 } },
      sizes: 'powersOfTwo',
      interArrival: 'powersOfTwo',
    });
  });

  test.each([
    ['porst: {}', "1:8: porst: There is no such key in a configuration: did you mean 'ports'?"],
    ['protocols: yes', 'line 1:12: protocols: "yes" is no switch: write true or false.'],
    [
      'ports: { side: source }',
      "line 1:16: ports.side: There is no such key in a choice of ports: did you mean 'sides'?",
    ],
    [
      'ports: { watch: [1, 70000] }',
      'line 1:21: ports.watch[1]: 70000 is not a port: give a whole number from 0 to 65535.',
    ],
    [
      'flows: { entries: 0 }',
      'line 1:19: flows.entries: 0 is not a number of flows: give a whole number from 1 to 1000000.',
    ],
    [
      'flows: { events: { perSecond: 0 } }',
      'line 1:31: flows.events.perSecond: 0 is not a rate of events: give a whole number from 1 to 1000000.',
    ],
    ['prefixes: { source: 10.0.0.1/8 }', "line 1:21: prefixes.source: '10.0.0.1/8' has bits behind its length"],
    ['sizes: [64, 64]', 'line 1:8: sizes: 64 is not above 64: write the bounds in rising order.'],
    ['sizes: all', 'line 1:8: sizes: "all" is no choice of buckets: write false, powersOfTwo, or a list'],
    ['interArrival: []', 'line 1:15: interArrival: There are 0 bounds: give 1 to 64, or write powersOfTwo.'],
  ])('%s is refused in one sentence', (text, sentence) => {
    expect(() => read(text)).toThrow(sentence);
  });

  test('of the example is the default', () => {
    expect(counters.defaults).toEqual(
      read(readFileSync(new URL('../examples/counters.yaml', import.meta.url), 'utf8')),
    );
  });
});
