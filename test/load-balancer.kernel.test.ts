import type { LoadedObject } from '@hookline/bpf';
import { Random } from '@hookline/machine';
import {
  craft,
  ethernet,
  fragment,
  hopByHop,
  icmpDestinationUnreachable,
  icmpTimeExceeded,
  icmpv6PacketTooBig,
  ipv4,
  ipv6,
  type Layer,
  tcp,
  udp,
  vlan,
} from '@hookline/packet';
import { type LoadBalancerConfig, type LoadBalancerControl, loadService } from '@hookline/programs';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { compare, type Run } from './oracle/compare.ts';
import { Worlds } from './oracle/worlds.ts';
import { CAPTURES, framesOf } from './shipped-captures.ts';

/*
 * The load balancer and its other end do the same in the kernel and in the simulator: verdicts, every byte of what is
 * sent, connections and counters, also while the pool changes.
 */

const worlds = new Worlds();
afterAll(() => worlds[Symbol.dispose]());
const skipped = inject('kernel') !== '';

const loadBalancer = await loadService('load-balancer');
const decapsulate = await loadService('decapsulate');

const CLIENT = '203.0.113.7';
const CLIENT6 = '2001:db8:c::7';
const VIP = '192.0.2.80';
const VIP6 = '2001:db8:80::80';

const pool = (prefix: string, count: number, more: (i: number) => object = () => ({})) =>
  Array.from({ length: count }, (_, i) => ({ address: `${prefix}${i + 1}`, ...more(i) }));
const config = loadBalancer.schema.parse({
  tableSize: 251,
  connections: 1000,
  mtu: 1400,
  source: { ipv4: '192.0.2.200', ipv6: '2001:db8::200' },
  gateway: '02:00:00:00:00:fe',
  services: [
    { name: 'tcp', address: VIP, port: 80, protocol: 'tcp', backends: pool('10.0.0.', 5) },
    { name: 'tcp6', address: VIP6, port: 80, protocol: 'tcp', backends: pool('2001:db8:a::', 5) },
    {
      name: 'direct',
      address: VIP,
      port: 53,
      protocol: 'udp',
      mode: 'direct',
      backends: pool('10.0.1.', 3, (i) => ({ mac: `02:00:00:00:01:0${i}` })),
    },
    {
      name: 'quic',
      address: VIP,
      port: 443,
      protocol: 'udp',
      quic: true,
      backends: pool('10.0.2.', 3, (i) => ({ serverId: i + 1, weight: i + 1 })),
    },
    { name: 'udp6', address: VIP6, port: 53, protocol: 'udp', backends: pool('2001:db8:b::', 2) },
    { name: 'empty', address: VIP, port: 81, protocol: 'tcp' },
  ],
}) as LoadBalancerConfig;

const v4 = (payload: Layer, fields: object = {}) => ipv4({ source: CLIENT, destination: VIP, ...fields }, payload);
const v6 = (payload: Layer, fields: object = {}) => ipv6({ source: CLIENT6, destination: VIP6, ...fields }, payload);
const quoted = craft(ipv4({ source: VIP, destination: CLIENT }, tcp({ sourcePort: 80, destinationPort: 7 }, 'sent')), {
  link: 'none',
});
const quoted6 = craft(
  ipv6({ source: VIP6, destination: CLIENT6 }, tcp({ sourcePort: 80, destinationPort: 7 }, 'sent')),
  { link: 'none' },
);
const short = (serverId: number) => Uint8Array.of(0x41, 0x08, 0, serverId, 1, 2, 3, 4, 5, 6, 7, 8);
const LONG = new Uint8Array(1390).fill(1);

/** One of everything that the program tells apart, for some client ports. */
const crafted = [7, 8, 9, 10].flatMap((port) =>
  [
    v4(tcp({ sourcePort: port, destinationPort: 80, flags: ['SYN'] })),
    v4(tcp({ sourcePort: port, destinationPort: 80, flags: ['ACK'] }, 'data'), { dscp: 12, ecn: 1 }),
    v4(tcp({ sourcePort: port, destinationPort: 80, flags: ['ACK'] }, 'data'), { options: new Uint8Array(12).fill(1) }),
    v4(tcp({ sourcePort: port, destinationPort: 80, flags: ['ACK'] }, LONG), { dontFragment: 1 }),
    v4(tcp({ sourcePort: port, destinationPort: 80, flags: ['ACK'] }, LONG)),
    v4(tcp({ sourcePort: port, destinationPort: 81 })),
    v4(udp({ sourcePort: port, destinationPort: 53 }, 'query')),
    v4(udp({ sourcePort: port, destinationPort: 443 }, short(port - 6))),
    v4(udp({ sourcePort: port, destinationPort: 443 }, Uint8Array.of(0xc1, 0, 0, 0, 1, 8, 8, 1, 1))),
    v4(udp({ sourcePort: port, destinationPort: 53 }, 'part'), { moreFragments: 1 }),
    v4(icmpDestinationUnreachable({ code: 4, nextHopMtu: 1300 }, quoted)),
    v4(icmpTimeExceeded({}, quoted.slice(0, 28))),
    v6(tcp({ sourcePort: port, destinationPort: 80, flags: ['SYN'] })),
    v6(tcp({ sourcePort: port, destinationPort: 80 }, 'data'), { dscp: 12, ecn: 1, flowLabel: 5 }),
    v6(tcp({ sourcePort: port, destinationPort: 80 }, LONG)),
    v6(hopByHop({}, tcp({ sourcePort: port, destinationPort: 80 }, 'data'))),
    v6(udp({ sourcePort: port, destinationPort: 53 }, 'query')),
    v6(fragment({ moreFragments: 1 }, udp({ destinationPort: 53 }, 'part'))),
    v6(icmpv6PacketTooBig({ mtu: 1300 }, quoted6)),
    vlan({ vlanId: 3 }, v4(tcp({ sourcePort: port, destinationPort: 80 }))),
  ].map((layer) => craft(layer.name === 'vlan' ? layer : ethernet({ source: '02:00:00:00:00:c1' }, layer))),
);

/** A few bytes behind the MACs changed, or the end cut off. */
function mutated(frame: Uint8Array, random: Random): Uint8Array {
  const copy = random.u32() % 5 === 0 ? frame.slice(0, 14 + (random.u32() % 100)) : frame.slice();
  for (let i = random.u32() % 3; i >= 0; i--) {
    const at = 12 + (random.u32() % 90);
    if (at < copy.length) copy[at] = random.u32() & 0xff;
  }
  return copy;
}

type Change = (control: LoadBalancerControl) => void;

/** Runs whose control planes change the pool between them, each world's its own. */
function withChanges(frames: readonly Uint8Array[], changes: readonly Change[]) {
  const controls = new Map<LoadedObject, LoadBalancerControl>();
  const prepare = (loaded: LoadedObject): void => {
    controls.set(loaded, loadBalancer.control(loaded, config) as LoadBalancerControl);
  };
  const runs = frames.map((frame, i): Run => {
    const change = changes[Math.floor((i * (changes.length + 1)) / frames.length) - 1];
    const first = i > 0 && change !== changes[Math.floor(((i - 1) * (changes.length + 1)) / frames.length) - 1];
    return {
      frame,
      before: (loaded) => {
        const control = controls.get(loaded);
        if (change && first && control) change(control);
      },
    };
  });
  return { runs, prepare };
}

test.skipIf(skipped)('crafted frames while backends come, go and drain', () => {
  const changes: readonly Change[] = [
    (control) => control.drain('tcp', '10.0.0.2'),
    (control) => control.add('tcp', { address: '10.0.0.77', weight: 3 }),
    (control) => control.remove('tcp', '10.0.0.3'),
    (control) => control.remove('quic', '10.0.2.1'),
    (control) => control.setWeight('tcp6', '2001:db8:a::1', 9),
    (control) => control.add('empty', { address: '10.0.9.1' }),
    (control) => control.drain('direct', '10.0.1.1'),
  ];
  const frames = Array.from({ length: changes.length + 1 }, () => crafted).flat();
  const { runs, prepare } = withChanges(frames, changes);
  const result = compare(worlds, loadBalancer.build(config), runs, { prepare });
  expect(result.refused).toBeUndefined();
  expect(result.differences).toEqual([]);
  expect(result.compared).toBe(frames.length);
});

test.skipIf(skipped)('frames with changed bytes', () => {
  const random = new Random(3);
  const frames = Array.from({ length: 40 }, () => crafted.map((frame) => mutated(frame, random))).flat();
  const { runs, prepare } = withChanges(frames, []);
  const result = compare(worlds, loadBalancer.build(config), runs, { prepare });
  expect(result.refused).toBeUndefined();
  expect(result.differences).toEqual([]);
  expect(result.compared).toBeGreaterThan(3000);
});

test.skipIf(skipped)('the large table, and another interface', () => {
  const large: LoadBalancerConfig = { ...config, tableSize: 65_537, output: 1 };
  const runs = crafted.map((frame): Run => ({ frame }));
  const prepare = (loaded: LoadedObject) => void loadBalancer.control(loaded, large);
  const result = compare(worlds, loadBalancer.build(large), runs, { prepare });
  expect(result.refused).toBeUndefined();
  expect(result.differences).toEqual([]);
  expect(result.compared).toBe(crafted.length);
});

test.skipIf(skipped)('captures, whose every server is a service', async () => {
  const frames: Uint8Array[] = [];
  for (const file of CAPTURES) {
    for (const { frame } of await framesOf(file)) frames.push(frame);
  }
  const services = new Map<string, object>();
  for (const frame of frames) {
    const key = destinationOf(frame);
    if (key === undefined || services.size >= 200) continue;
    const backends = pool(key.address.includes(':') ? '2001:db8:a::' : '10.0.0.', 3);
    services.set(JSON.stringify(key), { ...key, name: JSON.stringify(key), backends });
  }
  const source = { ipv4: '192.0.2.200', ipv6: '2001:db8::200' };
  const all = loadBalancer.schema.parse({
    tableSize: 251,
    source,
    gateway: '02:00:00:00:00:fe',
    services: [...services.values()],
  });
  let forwarded = 0n;
  const runs = frames.map((frame, i): Run => {
    if (i < frames.length - 1) return { frame };
    const count = (loaded: LoadedObject): void => {
      const rows = loadBalancer.report(loaded, all).filter(({ label }) => label.startsWith('service '));
      forwarded = rows.reduce((sum, { packets }) => sum + packets, 0n);
    };
    return { frame, before: count };
  });
  const prepare = (loaded: LoadedObject) => void loadBalancer.control(loaded, all);
  const result = compare(worlds, loadBalancer.build(all), runs, { prepare });
  expect(services.size).toBeGreaterThan(20);
  expect(result.refused).toBeUndefined();
  expect(result.differences).toEqual([]);
  expect(result.compared).toBeGreaterThan(1000);
  expect(forwarded).toBeGreaterThan(500n);
});

/** The address, port and protocol that an untagged frame without options goes to. */
function destinationOf(frame: Uint8Array): { address: string; port: number; protocol: string } | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const ipv4 = frame.length > 38 && view.getUint16(12) === 0x0800 && frame[14] === 0x45;
  const ipv6 = frame.length > 58 && view.getUint16(12) === 0x86dd;
  if (!ipv4 && !ipv6) return undefined;
  const protocol = { 6: 'tcp', 17: 'udp' }[frame[ipv4 ? 23 : 20] ?? 0];
  const port = view.getUint16(ipv4 ? 36 : 56);
  if (protocol === undefined || port === 0) return undefined;
  const address = ipv4
    ? [...frame.slice(30, 34)].join('.')
    : [0, 2, 4, 6, 8, 10, 12, 14].map((i) => view.getUint16(38 + i).toString(16)).join(':');
  return { address, port, protocol };
}

test.skipIf(skipped)('the kernel takes 120 services with 1200 backends, and spreads flows over all of them', () => {
  const services = Array.from({ length: 120 }, (_, i) => ({
    name: `service ${i}`,
    address: i % 2 ? `192.0.2.${i}` : `2001:db8:80::${i}`,
    port: 80,
    protocol: i % 3 ? 'tcp' : 'udp',
    backends: pool(i % 2 ? `10.${i}.0.` : `2001:db8:${i}::`, 10),
  }));
  const source = { ipv4: '192.0.2.200', ipv6: '2001:db8::200' };
  const large = loadBalancer.schema.parse({ source, gateway: '02:00:00:00:00:fe', services });
  using loaded = worlds.load(loadBalancer.build(large));
  const control = loadBalancer.control(loaded, large) as LoadBalancerControl;
  const program = loaded.programs.loadBalancer;
  for (let port = 1; port <= 500; port++) {
    const frame = craft(ipv4({ destination: '192.0.2.119' }, tcp({ sourcePort: port, destinationPort: 80 })));
    expect(program?.testRun(frame).verdict).toBe(3);
  }
  const rows = control.rows().filter(({ label }) => label.startsWith('service 119: '));
  expect(rows).toHaveLength(10);
  for (const { packets } of rows) expect(packets).toBeGreaterThan(20n);
  expect(control.rows().filter(({ label }) => label.includes(': '))).toHaveLength(1200);
});

describe('the other end of the tunnels', () => {
  const inner = [
    ipv4({ ecn: 0 }, tcp({}, 'inner')),
    ipv4({ ecn: 1 }, udp({}, 'inner')),
    ipv4({ ecn: 2, options: new Uint8Array(4).fill(1) }, tcp({}, 'inner')),
  ];
  const inner6 = [ipv6({ ecn: 0 }, tcp({}, 'inner')), ipv6({ ecn: 1 }, udp({}, 'inner'))];
  const tunnels = [0, 1, 3].flatMap((ecn) =>
    ['192.0.2.200', '192.0.2.201'].flatMap((source) => [
      ...inner.map((payload) => ipv4({ source, destination: '10.0.0.1', ecn }, payload)),
      ...inner6.map((payload) =>
        ipv6({ source: `2001:db8:0:1::${source.slice(-3)}`, destination: '2001:db8:a::1', ecn }, payload),
      ),
    ]),
  );
  const frames = tunnels.map((tunnel) => craft(ethernet({}, tunnel)));

  test.skipIf(skipped)('tunnels as they come, and with changed bytes', () => {
    const random = new Random(5);
    const changed = Array.from({ length: 60 }, () => frames.map((frame) => mutated(frame, random))).flat();
    const runs = [...frames, ...changed].map((frame): Run => ({ frame }));
    const prepare = (loaded: LoadedObject) => void decapsulate.control(loaded, decapsulate.defaults);
    const result = compare(worlds, decapsulate.build(decapsulate.defaults), runs, { prepare });
    expect(result.refused).toBeUndefined();
    expect(result.differences).toEqual([]);
    expect(result.compared).toBeGreaterThan(1500);
  });
});
