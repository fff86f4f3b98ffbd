import type { LoadedProgram } from '@hookline/bpf';
import { LinearMemory } from '@hookline/machine';
import {
  craft,
  type Dissection,
  dissect,
  ethernet,
  fieldOf,
  fragment,
  icmp,
  icmpDestinationUnreachable,
  icmpEchoRequest,
  icmpTimeExceeded,
  icmpv6EchoRequest,
  icmpv6PacketTooBig,
  ipv4,
  ipv6,
  layerOf,
  tcp,
  udp,
  vlan,
} from '@hookline/packet';
import { Vm } from '@hookline/vm';
import { describe, expect, test } from 'vitest';
import { loadBalancer } from '../src/load-balancer/load-balancer.ts';
import type { LoadBalancerConfig } from '../src/load-balancer/load-balancer-config.ts';
import { loadBalancerSchema } from '../src/load-balancer/schema.ts';

/** enum xdp_action (linux/bpf.h). */
const XDP = { drop: 1, pass: 2, tx: 3, redirect: 4 } as const;

const CLIENT = '203.0.113.7';
const CLIENT6 = '2001:db8:c::7';
const VIP = '192.0.2.80';
const VIP6 = '2001:db8:80::80';
const MACS = { source: '02:00:00:00:00:c1', destination: '02:00:00:00:00:1b' };

const BACKENDS = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];
const CONFIG = {
  source: { ipv4: '192.0.2.200', ipv6: '2001:db8::200' },
  gateway: '02:00:00:00:00:fe',
  services: [
    { name: 'web', address: VIP, port: 80, protocol: 'tcp', backends: BACKENDS.map((address) => ({ address })) },
    {
      name: 'web6',
      address: VIP6,
      port: 80,
      protocol: 'tcp',
      backends: [{ address: '2001:db8:a::1' }, { address: '2001:db8:a::2' }],
    },
    {
      name: 'dns',
      address: VIP,
      port: 53,
      protocol: 'udp',
      mode: 'direct',
      backends: [
        { address: '192.0.2.11', mac: '02:00:00:00:00:11' },
        { address: '192.0.2.12', mac: '02:00:00:00:00:12' },
      ],
    },
    {
      name: 'quic',
      address: VIP,
      port: 443,
      protocol: 'udp',
      quic: true,
      backends: BACKENDS.map((address, i) => ({ address, serverId: 0x100 + i })),
    },
    { name: 'empty', address: VIP, port: 81, protocol: 'tcp' },
    {
      name: 'dns6',
      address: VIP6,
      port: 53,
      protocol: 'udp',
      mode: 'direct',
      backends: [{ address: '2001:db8:b::1', mac: '02:00:00:00:00:61' }],
    },
  ],
};

const DEFAULT = loadBalancerSchema.parse(CONFIG);
const OBJECT = loadBalancer.build(DEFAULT);

function load(config: LoadBalancerConfig = DEFAULT) {
  const vm = new Vm({ memory: new LinearMemory(8192), cpus: 2, clock: { now: 0 }, random: { u32: () => 0 } });
  const loaded = vm.load(config === DEFAULT ? OBJECT : loadBalancer.build(config));
  const control = loadBalancer.control(loaded, config);
  const program: LoadedProgram = loaded.programs.loadBalancer;
  const send = (frame: Uint8Array) => {
    const { verdict, frame: out } = program.testRun(frame);
    return { verdict, out, seen: dissect(out) };
  };
  const rows = () => Object.fromEntries(control.rows().map(({ label, packets, bytes }) => [label, { packets, bytes }]));
  return { loaded, control, send, rows };
}

/** A layer's field in a dissection, of the n-th layer of its protocol. */
function field(seen: Dissection, protocol: string, name: string, n = 0) {
  const layer = seen.layers.filter((one) => one.protocol === protocol)[n];
  return layer && fieldOf(layer, name);
}

const tunnelled = (seen: Dissection) => field(seen, 'ipv4', 'destination', 0);
const checksums = (seen: Dissection) => seen.layers.flatMap(({ checksum, quoted }) => (quoted ? [] : (checksum ?? [])));

const toWeb = (sourcePort: number, flags: readonly ('SYN' | 'ACK' | 'FIN')[] = ['ACK'], payload = 'hello') =>
  craft(
    ethernet(
      MACS,
      ipv4(
        { source: CLIENT, destination: VIP, dscp: 10, ecn: 2 },
        tcp({ sourcePort, destinationPort: 80, flags }, payload),
      ),
    ),
  );
const toWeb6 = (sourcePort: number, payload = 'hello') =>
  craft(
    ethernet(
      MACS,
      ipv6({ source: CLIENT6, destination: VIP6, dscp: 10, ecn: 1 }, tcp({ sourcePort, destinationPort: 80 }, payload)),
    ),
  );
const toQuic = (sourcePort: number, payload: Uint8Array) =>
  craft(ethernet(MACS, ipv4({ source: CLIENT, destination: VIP }, udp({ sourcePort, destinationPort: 443 }, payload))));

describe('forwarding', () => {
  test('IPv4 in IPv4: the packet as it was behind an outer header whose checksum holds', () => {
    const { send, rows } = load();
    const frame = toWeb(4000);
    const { verdict, out, seen } = send(frame);
    expect(verdict).toBe(XDP.tx);
    expect(out.slice(34)).toEqual(frame.slice(14));
    expect(seen.layers.map(({ protocol }) => protocol)).toEqual(['ethernet', 'ipv4', 'ipv4', 'tcp']);
    expect(new Set(checksums(seen))).toEqual(new Set(['good']));
    expect({
      to: field(seen, 'ethernet', 'destination'),
      from: field(seen, 'ethernet', 'source'),
      source: field(seen, 'ipv4', 'source'),
      totalLength: field(seen, 'ipv4', 'totalLength'),
      dscp: field(seen, 'ipv4', 'dscp'),
      ecn: field(seen, 'ipv4', 'ecn'),
      dontFragment: field(seen, 'ipv4', 'dontFragment'),
      protocol: field(seen, 'ipv4', 'protocol'),
    }).toEqual({
      to: '02:00:00:00:00:fe',
      from: MACS.destination,
      source: '192.0.2.200',
      totalLength: frame.length - 14 + 20,
      dscp: 10,
      ecn: 2,
      dontFragment: 1,
      protocol: 4,
    });
    expect(BACKENDS).toContain(tunnelled(seen));
    const counted = { packets: 1n, bytes: BigInt(frame.length) };
    expect(rows()['service web']).toEqual(counted);
    expect(rows()[`web: ${tunnelled(seen)}`]).toEqual(counted);
  });

  test('IPv6 in IPv6: traffic class copied, lengths right, a flow label for each flow', () => {
    const { send } = load();
    const labels = new Set<unknown>();
    for (let port = 1000; port < 1010; port++) {
      const frame = toWeb6(port);
      const { verdict, out, seen } = send(frame);
      expect(verdict).toBe(XDP.tx);
      expect(out.slice(54)).toEqual(frame.slice(14));
      expect(seen.layers.map(({ protocol }) => protocol)).toEqual(['ethernet', 'ipv6', 'ipv6', 'tcp']);
      expect(new Set(checksums(seen))).toEqual(new Set(['good']));
      expect(field(seen, 'ipv6', 'source')).toBe('2001:db8::200');
      expect(['2001:db8:a::1', '2001:db8:a::2']).toContain(field(seen, 'ipv6', 'destination'));
      expect(field(seen, 'ipv6', 'payloadLength')).toBe(frame.length - 14);
      expect([field(seen, 'ipv6', 'dscp'), field(seen, 'ipv6', 'ecn'), field(seen, 'ipv6', 'nextHeader')]).toEqual([
        10, 1, 41,
      ]);
      labels.add(field(seen, 'ipv6', 'flowLabel'));
    }
    expect(labels.size).toBe(10);
  });

  test('direct return: only the MACs change', () => {
    const { send, rows } = load();
    const frame = craft(
      ethernet(MACS, ipv4({ source: CLIENT, destination: VIP }, udp({ sourcePort: 9, destinationPort: 53 }, 'query'))),
    );
    const { verdict, out, seen } = send(frame);
    expect(verdict).toBe(XDP.tx);
    expect(out.slice(12)).toEqual(frame.slice(12));
    expect(['02:00:00:00:00:11', '02:00:00:00:00:12']).toContain(field(seen, 'ethernet', 'destination'));
    expect(field(seen, 'ethernet', 'source')).toBe(MACS.destination);
    expect(rows()['service dns']?.packets).toBe(1n);
  });

  test('direct return of IPv6', () => {
    const { send, rows } = load();
    const query = udp({ sourcePort: 9, destinationPort: 53 }, new Uint8Array(1452));
    const frame = craft(ethernet(MACS, ipv6({ source: CLIENT6, destination: VIP6 }, query)));
    const { verdict, out, seen } = send(frame);
    expect(verdict).toBe(XDP.tx);
    expect(out.slice(12)).toEqual(frame.slice(12));
    expect(field(seen, 'ethernet', 'destination')).toBe('02:00:00:00:00:61');
    expect(rows()['dns6: 2001:db8:b::1']?.packets).toBe(1n);
  });

  test('behind IPv4 options the packet is the same', () => {
    const { send } = load();
    const frame = craft(
      ethernet(
        MACS,
        ipv4(
          { source: CLIENT, destination: VIP, options: new Uint8Array(8).fill(1) },
          tcp({ sourcePort: 4000, destinationPort: 80 }),
        ),
      ),
    );
    const { verdict, out, seen } = send(frame);
    expect(verdict).toBe(XDP.tx);
    expect(out.slice(34)).toEqual(frame.slice(14));
    expect(tunnelled(seen)).toBe(tunnelled(send(toWeb(4000)).seen));
  });

  test('leaves by another interface where one is given', () => {
    const vm = new Vm({ memory: new LinearMemory(4096), cpus: 1, clock: { now: 0 }, random: { u32: () => 0 } });
    const config = loadBalancerSchema.parse({ ...CONFIG, output: 7 });
    const loaded = vm.load(loadBalancer.build(config));
    loadBalancer.control(loaded, config);
    expect(loaded.programs.loadBalancer.testRun(toWeb(1)).verdict).toBe(XDP.redirect);
    expect(loaded.maps.output.get(0)).toBe(7);
  });

  const otherPort = ipv4({ source: CLIENT, destination: VIP }, tcp({ destinationPort: 8080 }));
  const ping = ipv4({ source: CLIENT, destination: VIP }, icmpEchoRequest({}, 'ping'));
  const ping6 = ipv6({ source: CLIENT6, destination: VIP6 }, icmpv6EchoRequest({}, 'ping'));
  const elsewhere = ipv4({ source: CLIENT, destination: '192.0.2.81' }, tcp({ destinationPort: 80 }));
  const wrongProtocol = ipv4({ source: CLIENT, destination: VIP }, udp({ destinationPort: 80 }));
  test.each([
    ['another port', craft(ethernet(MACS, otherPort))],
    ['another protocol', craft(ethernet(MACS, wrongProtocol))],
    ['another address', craft(ethernet(MACS, elsewhere))],
    ['a ping of the virtual address', craft(ethernet(MACS, ping))],
    ['a ping of the virtual IPv6 address', craft(ethernet(MACS, ping6))],
    [
      'a tagged frame',
      craft(ethernet(MACS, vlan({ vlanId: 5 }, ipv4({ destination: VIP }, tcp({ destinationPort: 80 }))))),
    ],
    ['a packet that is cut short', toWeb(4000).slice(0, -1)],
    ['an IPv6 packet that is cut short', toWeb6(4000).slice(0, -1)],
    ['a frame without IP', craft(ethernet({ ...MACS, etherType: 0x88cc }, 'lldp'))],
    [
      'a fragment for someone else',
      craft(ethernet(MACS, ipv4({ destination: '192.0.2.81', moreFragments: 1 }, udp()))),
    ],
  ])('%s goes on to the host as it is', (_what, frame) => {
    const { send } = load();
    const { verdict, out } = send(frame);
    expect(verdict).toBe(XDP.pass);
    expect(out).toEqual(frame);
  });

  test.each([
    [
      'first',
      craft(ethernet(MACS, ipv4({ destination: VIP, moreFragments: 1 }, udp({ destinationPort: 53 }, 'part')))),
    ],
    ['later', craft(ethernet(MACS, ipv4({ destination: VIP, protocol: 17, fragmentOffset: 9 }, 'part')))],
    [
      'IPv6',
      craft(
        ethernet(
          MACS,
          ipv6({ destination: VIP6 }, fragment({ moreFragments: 1 }, udp({ destinationPort: 53 }, 'part'))),
        ),
      ),
    ],
  ])('a fragment to a virtual address is dropped and counted: %s', (_what, frame) => {
    const { send, rows } = load();
    expect(send(frame).verdict).toBe(XDP.drop);
    expect(rows()['fragments to a virtual address']).toEqual({ packets: 1n, bytes: BigInt(frame.length) });
  });

  test('without any backend packets are dropped and counted', () => {
    const { send, rows } = load();
    const frame = craft(ethernet(MACS, ipv4({ destination: VIP }, tcp({ destinationPort: 81 }))));
    expect(send(frame).verdict).toBe(XDP.drop);
    expect(rows()['no backend']?.packets).toBe(1n);
  });
});

describe('flows', () => {
  const ports = Array.from({ length: 3000 }, (_, i) => 1024 + i);
  const whereTo = (send: ReturnType<typeof load>['send'], flags: readonly ('SYN' | 'ACK')[] = ['ACK']) =>
    ports.map((port) => tunnelled(send(toWeb(port, flags)).seen));

  test('spread evenly', () => {
    const { send } = load();
    const counts = Object.values(Object.groupBy(whereTo(send), String)).map((flows) => flows?.length ?? 0);
    expect(counts).toHaveLength(3);
    // Three standard deviations of a fair draw of 3000.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(80);
  });

  test('go to the position that the table has for them', () => {
    const { send, loaded } = load();
    const little = (bytes: Uint8Array) => bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
    // The finaliser of MurmurHash3_x64_128 over the address as it lies in memory and the port.
    const fmix = (value: bigint) => {
      const wrap = (x: bigint) => BigInt.asUintN(64, x);
      let k = value ^ (value >> 33n);
      k = wrap(k * 0xff51afd7ed558ccdn);
      k ^= k >> 33n;
      k = wrap(k * 0xc4ceb9fe1a85ec53n);
      return k ^ (k >> 33n);
    };
    const address = little(toWeb(1).slice(26, 30));
    const table = loaded.maps.tables.get(0) ?? [];
    for (const port of ports.slice(0, 50)) {
      const number = table[Number(fmix((address << 16n) | BigInt(port)) % 4099n)] ?? 0;
      expect(tunnelled(send(toWeb(port)).seen)).toBe(loaded.maps.backends.get(number)?.ipv4);
    }
    const [high, low] = [little(toWeb6(1).slice(22, 30)), little(toWeb6(1).slice(30, 38))];
    const table6 = loaded.maps.tables.get(1) ?? [];
    for (const port of ports.slice(0, 50)) {
      const number = table6[Number(fmix(fmix(fmix(high) ^ low) ^ BigInt(port)) % 4099n)] ?? 0;
      expect(field(send(toWeb6(port)).seen, 'ipv6', 'destination')).toBe(loaded.maps.backends.get(number)?.ipv6);
    }
  });

  test('of a drained backend stay, new ones go elsewhere', () => {
    const { send, control } = load();
    const before = whereTo(send);
    control.drain('web', '10.0.0.2');
    expect(whereTo(send)).toEqual(before);
    expect(whereTo(send, ['SYN'])).not.toContain('10.0.0.2');
    const fresh = Array.from({ length: 300 }, (_, i) => tunnelled(send(toWeb(50_000 + i)).seen));
    expect(fresh).not.toContain('10.0.0.2');
    expect(control.backends('web').map(({ state }) => state)).toEqual(['active', 'drained', 'active']);
    control.activate('web', '10.0.0.2');
    expect(whereTo(send, ['SYN'])).toEqual(before);
  });

  test('stay where they are when a backend comes', () => {
    const { send, control } = load();
    const before = whereTo(send);
    control.add('web', { address: '10.0.0.4' });
    expect(whereTo(send)).toEqual(before);
    const fresh = whereTo(send, ['SYN']);
    expect(fresh.filter((to) => to === '10.0.0.4').length / ports.length).toBeCloseTo(1 / 4, 1);
  });

  test('of a removed backend move, the others stay, and its number serves again', () => {
    const { send, control } = load();
    const before = whereTo(send);
    control.remove('web', '10.0.0.2');
    const after = whereTo(send);
    for (const [i, to] of after.entries()) {
      if (before[i] === '10.0.0.2') expect(to).not.toBe('10.0.0.2');
      else expect(to).toBe(before[i]);
    }
    control.add('web', { address: '10.0.0.9' });
    expect(whereTo(send)).toEqual(after);
  });

  test('that nobody remembers hardly move when one of 10 backends goes', () => {
    const backends = Array.from({ length: 10 }, (_, i) => ({ address: `10.0.0.${i + 1}` }));
    const config = loadBalancerSchema.parse({ ...CONFIG, services: [{ ...CONFIG.services[0], backends }] });
    const { send, control } = load(config);
    const before = whereTo(send, ['SYN']);
    control.remove('web', '10.0.0.5');
    const after = whereTo(send, ['SYN']);
    const needless = after.filter((to, i) => before[i] !== '10.0.0.5' && to !== before[i]).length;
    // The table moves about 1.2 % of its positions beyond those of the backend that went (load-balancer-maglev.test.ts).
    expect(needless / ports.length).toBeLessThan(0.025);
  });

  test('a SYN is not remembered: it cannot push out what is', () => {
    const { send, loaded } = load();
    whereTo(send, ['SYN']);
    expect([...loaded.maps.connections.keys()]).toHaveLength(0);
    send(toWeb(1024));
    expect([...loaded.maps.connections.keys()]).toHaveLength(1);
    send(toWeb(1024, ['SYN']));
    expect([...loaded.maps.connections.keys()]).toHaveLength(0);
  });

  test('weights decide how many', () => {
    const { send, control } = load();
    control.setWeight('web', '10.0.0.3', 4);
    const share = whereTo(send, ['SYN']).filter((to) => to === '10.0.0.3').length / ports.length;
    expect(share).toBeGreaterThan(0.63);
    expect(share).toBeLessThan(0.7);
  });
});

describe('QUIC', () => {
  const short = (serverId: number, configuration = 0x08) =>
    Uint8Array.of(0x41, configuration, serverId >> 8, serverId & 255, 1, 2, 3, 4, 5, 6, 7, 8);

  test('a connection ID leads to its server, wherever the client is by now', () => {
    const { send } = load();
    for (const [i, address] of BACKENDS.entries()) {
      for (const port of [1, 2, 3, 4, 5]) expect(tunnelled(send(toQuic(port, short(0x100 + i))).seen)).toBe(address);
    }
  });

  test('also to a drained one, but not to one that is removed', () => {
    const { send, control } = load();
    control.drain('quic', '10.0.0.2');
    expect(tunnelled(send(toQuic(1, short(0x101))).seen)).toBe('10.0.0.2');
    control.remove('quic', '10.0.0.2');
    expect(tunnelled(send(toQuic(1, short(0x101))).seen)).not.toBe('10.0.0.2');
  });

  test.each([
    ['a server that there is not', short(0x777)],
    ['an ID that says it names none', short(0x101, 0xe8)],
    ['a long header', Uint8Array.of(0xc1, 0, 0, 0, 1, 8, 8, 1, 1, 4, 5, 6)],
    ['a payload that is too short', Uint8Array.of(0x41, 0x08, 1)],
  ])('%s goes by the flow', (_what, payload) => {
    const { send } = load();
    const byFlow = [1, 2, 3, 4, 5, 6, 7, 8].map((port) => tunnelled(send(toQuic(port, new Uint8Array())).seen));
    expect(new Set(byFlow).size).toBeGreaterThan(1);
    expect([1, 2, 3, 4, 5, 6, 7, 8].map((port) => tunnelled(send(toQuic(port, payload)).seen))).toEqual(byFlow);
  });

  test('is not looked for where the service does not say so', () => {
    const services = CONFIG.services.map((one) => (one.name === 'quic' ? { ...one, quic: false } : one));
    const { send } = load(loadBalancerSchema.parse({ ...CONFIG, services }));
    const to = [1, 2, 3, 4, 5, 6, 7, 8].map((port) => tunnelled(send(toQuic(port, short(0x101))).seen));
    expect(new Set(to).size).toBeGreaterThan(1);
  });
});

describe('ICMP errors about a flow go to its backend', () => {
  const sent = (port: number) =>
    ipv4({ source: VIP, destination: CLIENT }, tcp({ sourcePort: 80, destinationPort: port }, 'a segment'));
  const about = (error: ReturnType<typeof icmp>) =>
    craft(ethernet(MACS, ipv4({ source: '203.0.113.1', destination: VIP }, error)));

  test.each([4000, 4001, 4002, 4003, 4004, 4005])('of port %i', (port) => {
    const { send, loaded } = load();
    const backend = tunnelled(send(toWeb(port)).seen);
    const original = craft(sent(port), { link: 'none' });
    for (const error of [
      icmpDestinationUnreachable({ code: 4, nextHopMtu: 1400 }, original),
      icmpDestinationUnreachable({ code: 4, nextHopMtu: 1400 }, original.slice(0, 28)),
      icmpTimeExceeded({}, original),
    ]) {
      const frame = about(error);
      const { verdict, out, seen } = send(frame);
      expect(verdict).toBe(XDP.tx);
      expect(tunnelled(seen)).toBe(backend);
      expect(out.slice(34)).toEqual(frame.slice(14));
    }
    expect([...loaded.maps.connections.keys()]).toHaveLength(1);
  });

  test('also after the pool has changed', () => {
    const { send, control } = load();
    const backend = String(tunnelled(send(toWeb(4000)).seen));
    control.drain('web', backend);
    const frame = about(icmpDestinationUnreachable({ code: 4 }, craft(sent(4000), { link: 'none' })));
    expect(tunnelled(send(frame).seen)).toBe(backend);
  });

  test('packet too big', () => {
    const { send } = load();
    for (const port of [1, 2, 3, 4, 5, 6]) {
      const backend = field(send(toWeb6(port)).seen, 'ipv6', 'destination');
      const original = craft(
        ipv6({ source: VIP6, destination: CLIENT6 }, tcp({ sourcePort: 80, destinationPort: port }, 'a segment')),
        { link: 'none' },
      );
      const frame = craft(
        ethernet(
          MACS,
          ipv6({ source: '2001:db8:ff::1', destination: VIP6 }, icmpv6PacketTooBig({ mtu: 1300 }, original)),
        ),
      );
      const { verdict, seen } = send(frame);
      expect(verdict).toBe(XDP.tx);
      expect(field(seen, 'ipv6', 'destination')).toBe(backend);
    }
  });

  const foreign = craft(ipv4({ source: '192.0.2.99', destination: CLIENT }, tcp({ sourcePort: 80 })), { link: 'none' });
  const optioned = craft(
    ipv4({ source: VIP, destination: CLIENT, options: new Uint8Array(4).fill(1) }, tcp({ sourcePort: 80 })),
    { link: 'none' },
  );
  test.each([
    ['about a packet of another address', icmpDestinationUnreachable({ code: 4 }, foreign)],
    ['about a packet with options', icmpDestinationUnreachable({ code: 4 }, optioned)],
    ['that quote too little', icmpDestinationUnreachable({ code: 4 }, foreign.slice(0, 22))],
    ['that are no errors', icmp({ type: 5 }, craft(sent(1), { link: 'none' }))],
  ])('those %s go to the host', (_what, error) => {
    const { send } = load();
    expect(send(about(error)).verdict).toBe(XDP.pass);
  });
});

describe('the MTU', () => {
  const full = (payload: number, dontFragment = 1) =>
    craft(
      ethernet(
        MACS,
        ipv4(
          { source: CLIENT, destination: VIP, dontFragment, identification: 77 },
          tcp({ sourcePort: 5, destinationPort: 80 }, new Uint8Array(payload).fill(7)),
        ),
      ),
    );
  /** IPv4 and TCP without options. */
  const HEADERS = 40;

  test('is what the outer header still fits into', () => {
    const { send } = load();
    const { verdict, out } = send(full(1500 - 20 - HEADERS));
    expect(verdict).toBe(XDP.tx);
    expect(out.length).toBe(1500 + 14);
  });

  test('a longer packet is answered with fragmentation needed, from the virtual service', () => {
    const { send, rows } = load();
    const frame = full(1500 - 20 - HEADERS + 1);
    const { verdict, out, seen } = send(frame);
    expect(verdict).toBe(XDP.tx);
    expect(seen.layers.slice(0, 3).map(({ protocol }) => protocol)).toEqual(['ethernet', 'ipv4', 'icmp']);
    expect(checksums(seen)).toEqual(['good', 'good']);
    expect([field(seen, 'ipv4', 'source'), field(seen, 'ipv4', 'destination')]).toEqual([VIP, CLIENT]);
    expect([field(seen, 'ethernet', 'source'), field(seen, 'ethernet', 'destination')]).toEqual([
      MACS.destination,
      MACS.source,
    ]);
    expect([field(seen, 'icmp', 'type'), field(seen, 'icmp', 'code')]).toEqual([3, 4]);
    // RFC 1191 section 4: the last two bytes of the ICMP header.
    expect(new DataView(out.buffer, out.byteOffset).getUint16(40)).toBe(1480);
    // RFC 792: the header of the packet and 8 bytes behind it.
    expect(out.slice(42)).toEqual(frame.slice(14, 42));
    expect(rows()['too big for the tunnel']).toEqual({ packets: 1n, bytes: BigInt(frame.length) });
    expect(rows()['service web']?.packets).toBe(0n);
  });

  test('without DF it is dropped and counted', () => {
    const { send, rows } = load();
    expect(send(full(1460, 0)).verdict).toBe(XDP.drop);
    expect(rows()['too big, not to be answered']?.packets).toBe(1n);
  });

  test('IPv6: packet too big', () => {
    const { send, rows } = load();
    const fits = toWeb6(9, 'x'.repeat(1500 - 40 - 60));
    expect(send(fits).out.length).toBe(1514);
    const frame = toWeb6(9, 'x'.repeat(1500 - 40 - 60 + 1));
    const { verdict, out, seen } = send(frame);
    expect(verdict).toBe(XDP.tx);
    expect(seen.layers.slice(0, 3).map(({ protocol }) => protocol)).toEqual(['ethernet', 'ipv6', 'icmpv6']);
    expect(layerOf(seen, 'icmpv6')?.checksum).toBe('good');
    expect([field(seen, 'ipv6', 'source'), field(seen, 'ipv6', 'destination')]).toEqual([VIP6, CLIENT6]);
    expect([field(seen, 'icmpv6', 'type'), field(seen, 'icmpv6', 'code')]).toEqual([2, 0]);
    expect(new DataView(out.buffer, out.byteOffset).getUint32(58)).toBe(1460);
    expect(out.slice(62)).toEqual(frame.slice(14, 62));
    expect(rows()['too big for the tunnel']?.packets).toBe(1n);
  });

  test('does not matter without a tunnel', () => {
    const { send } = load();
    const frame = craft(
      ethernet(
        MACS,
        ipv4({ source: CLIENT, destination: VIP }, udp({ sourcePort: 9, destinationPort: 53 }, new Uint8Array(1472))),
      ),
    );
    expect(send(frame)).toMatchObject({ verdict: XDP.tx });
  });
});

describe('the control plane', () => {
  test('names what there is not', () => {
    const { control } = load();
    expect(() => control.drain('emtpy', '10.0.0.1')).toThrow("There is no service 'emtpy': did you mean 'empty'?");
    expect(() => control.remove('web', '10.0.0.7')).toThrow("'web' has no backend 10.0.0.7: ");
    expect(() => control.add('web', { address: '10.0.0.1' })).toThrow('The service has a backend 10.0.0.1 already');
    expect(() => control.add('web', { address: '2001:db8::1' })).toThrow("is not of the service's family");
    expect(() => control.add('dns', { address: '192.0.2.13' })).toThrow("add a line 'mac: ...'");
    expect(() => control.setWeight('web', '10.0.0.1', 0)).toThrow('0 is no weight');
    expect(control.backends('web').map(({ address }) => address)).toEqual(BACKENDS);
  });

  test('counts and starts again', () => {
    const { send, control } = load();
    for (let port = 1; port <= 20; port++) send(toWeb(port));
    const packets = () =>
      control
        .rows()
        .filter(({ label }) => label.startsWith('web: '))
        .map((row) => row.packets)
        .reduce((sum, one) => sum + one, 0n);
    expect(packets()).toBe(20n);
    control.reset();
    expect(packets()).toBe(0n);
  });

  test('reports what the maps hold, whoever changed them', () => {
    const { control, loaded } = load();
    control.drain('web', '10.0.0.2');
    control.remove('web', '10.0.0.3');
    const web = loadBalancer.report(loaded, DEFAULT).filter(({ label }) => label.startsWith('web: '));
    expect(web.map(({ label, action }) => [label, action])).toEqual([
      ['web: 10.0.0.1', 'active'],
      ['web: 10.0.0.2', 'drained'],
    ]);
  });
});
