import { LinearMemory } from '@hookline/machine';
import { craft, dissect, ethernet, ipv4, ipv6, type Layer, tcp, udp, vlan } from '@hookline/packet';
import { Vm } from '@hookline/vm';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../src/config/read-config.ts';
import { decapsulate } from '../src/load-balancer/decapsulate.ts';
import { decapsulateSchema } from '../src/load-balancer/decapsulate-schema.ts';
import { loadBalancer } from '../src/load-balancer/load-balancer.ts';

/** enum xdp_action (linux/bpf.h). */
const XDP = { drop: 1, pass: 2, tx: 3 } as const;
const MACS = { source: '02:00:00:00:00:fe', destination: '02:00:00:00:00:0b' };

const OBJECT = decapsulate.build(decapsulate.defaults);

function load() {
  const vm = new Vm({ memory: new LinearMemory(4096), cpus: 1, clock: { now: 0 }, random: { u32: () => 0 } });
  const loaded = vm.load(OBJECT);
  const control = decapsulate.control(loaded, decapsulate.defaults);
  const counted = () =>
    control
      .rows()
      .filter(({ packets }) => packets > 0n)
      .map(({ label }) => label);
  return { vm, control, counted, send: (frame: Uint8Array) => loaded.programs.decapsulate.testRun(frame) };
}

const tunnel = (inner: Layer, fields: object = {}) =>
  craft(ethernet(MACS, ipv4({ source: '192.0.2.200', destination: '10.0.0.1', ...fields }, inner)));
const tunnel6 = (inner: Layer, fields: object = {}) =>
  craft(ethernet(MACS, ipv6({ source: '2001:db8:0:1::200', destination: '2001:db8:a::1', ...fields }, inner)));
const good = (frame: Uint8Array) => dissect(frame).layers.every(({ checksum = 'good' }) => checksum === 'good');

test('what the load balancer sends comes out as it went in', () => {
  const { vm, send, counted } = load();
  const balancer = vm.load(loadBalancer.build(loadBalancer.defaults));
  const control = loadBalancer.control(balancer, loadBalancer.defaults);
  control.remove('web', '10.0.0.2');
  control.remove('web over IPv6', '2001:db8:a::2');
  for (const packet of [
    ipv4({ source: '203.0.113.7', destination: '198.51.100.80', ecn: 2 }, tcp({ destinationPort: 443 }, 'hello')),
    ipv6({ source: '2001:db8:c::7', destination: '2001:db8:0:2::80', ecn: 1 }, tcp({ destinationPort: 443 }, 'hello')),
  ]) {
    const frame = craft(ethernet(MACS, packet));
    const sent = balancer.programs.loadBalancer.testRun(frame);
    expect(sent.verdict).toBe(XDP.tx);
    const received = send(sent.frame);
    expect(received.verdict).toBe(XDP.pass);
    expect(received.frame.slice(12)).toEqual(frame.slice(12));
    expect(received.frame.slice(0, 12)).toEqual(sent.frame.slice(0, 12));
  }
  expect(counted()).toEqual(['IPv4 in IPv4', 'IPv6 in IPv6']);
});

describe('congestion on the way of the tunnel (RFC 6040 figure 4)', () => {
  const ecnOf = (frame: Uint8Array) => {
    const [, ip] = dissect(frame).layers;
    return ip?.fields.find(({ name }) => name === 'ecn')?.value;
  };
  // Outer, inner, and what is left; undefined: dropped.
  test.each([
    [0, 0, 0],
    [0, 2, 2],
    [1, 2, 2],
    [2, 1, 1],
    [2, 3, 3],
    [3, 1, 3],
    [3, 2, 3],
    [3, 3, 3],
    [3, 0, undefined],
  ])('outer %i, inner %i', (outer, inner, left) => {
    const { send, counted } = load();
    for (const frame of [
      tunnel(ipv4({ ecn: inner, dscp: 9 }, udp({}, 'data')), { ecn: outer }),
      tunnel6(ipv6({ ecn: inner, dscp: 9, flowLabel: 0xabcde }, udp({}, 'data')), { ecn: outer }),
    ]) {
      const { verdict, frame: out } = send(frame);
      expect(verdict).toBe(left === undefined ? XDP.drop : XDP.pass);
      if (left === undefined) continue;
      expect(ecnOf(out)).toBe(left);
      expect(good(out)).toBe(true);
    }
    expect(counted()).toEqual(
      left === undefined ? ['congestion that cannot be told'] : ['IPv4 in IPv4', 'IPv6 in IPv6'],
    );
  });
});

describe('what is no tunnel of the load balancer', () => {
  const inner = ipv4({}, tcp({}, 'x'));
  const inner6 = ipv6({}, tcp({}, 'x'));
  test.each([
    ['a stranger', tunnel(inner, { source: '198.51.100.9' }), XDP.drop, 'tunnels of strangers'],
    ['a stranger over IPv6', tunnel6(inner6, { source: '2001:db8:9::9' }), XDP.drop, 'tunnels of strangers'],
    [
      'nothing inside',
      craft(ethernet(MACS, ipv4({ source: '192.0.2.200', destination: '10.0.0.1', protocol: 4 }, ''))),
      XDP.drop,
      'damaged tunnels',
    ],
    ['IPv6 announced as IPv4', tunnel(inner6, { protocol: 4 }), XDP.drop, 'damaged tunnels'],
    ['IPv4 announced as IPv6', tunnel6(inner, { nextHeader: 41, payloadLength: 60 }), XDP.drop, 'damaged tunnels'],
    ['a fragment', tunnel(inner, { moreFragments: 1 }), XDP.drop, 'damaged tunnels'],
    ['options', tunnel(inner, { options: new Uint8Array(4).fill(1) }), XDP.drop, 'damaged tunnels'],
    ['a tunnel to elsewhere', tunnel(inner, { destination: '10.0.0.2' }), XDP.pass, 'everything else'],
    ['IPv6 in IPv4', tunnel(inner6), XDP.pass, 'everything else'],
    [
      'a packet without a tunnel',
      craft(ethernet(MACS, ipv4({ destination: '10.0.0.1' }, tcp()))),
      XDP.pass,
      'everything else',
    ],
    [
      'a tagged tunnel',
      craft(ethernet(MACS, vlan({ vlanId: 2 }, ipv4({ destination: '10.0.0.1' }, inner)))),
      XDP.pass,
      'everything else',
    ],
    ['no IP', craft(ethernet({ ...MACS, etherType: 0x88cc }, 'lldp')), XDP.pass, 'everything else'],
  ])('%s', (_what, frame, verdict, label) => {
    const { send, counted, control } = load();
    const result = send(frame);
    expect(result.verdict).toBe(verdict);
    expect(result.frame).toEqual(frame);
    expect(counted()).toEqual([label]);
    control.reset();
    expect(counted()).toEqual([]);
  });
});

test.each([
  ['addresses: 10.0.0.1', 'from: Nothing is no address: write it like 192.0.2.200 or 2001:db8::/64.'],
  ['from: 10.0.0.0/8', 'addresses: Nothing is no address: write one like 192.0.2.10 or 2001:db8::10.'],
  ['addresses: 10.0.0.0/8\nfrom: 192.0.2.1', 'addresses: "10.0.0.0/8" is no address'],
  [
    'addresses: 10.0.0.1\nfrom: 192.0.2.1\nadress: 10.0.0.2',
    'adress: There is no such key in a configuration: use one of addresses, from.',
  ],
])('a configuration that cannot be: %j', (text, sentence) => {
  expect(() => readConfig(decapsulateSchema, text)).toThrow(sentence);
});
