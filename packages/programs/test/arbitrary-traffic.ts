import {
  craft,
  ethernet,
  fragment,
  hopByHop,
  ipv4,
  ipv6,
  type Payload,
  serviceVlan,
  tcp,
  udp,
  vlan,
} from '@hookline/packet';
import fc from 'fast-check';
import type { FirewallConfig, PortRange, Rule } from '../src/firewall/firewall-config.ts';

/*
 * Rules and packets from one small world, so that most rules match some packets. Everything that a rule can ask for
 * occurs, and everything that a packet can be.
 */

const V4 = ['192.0.2.1', '192.0.2.130', '198.51.100.7'];
const V6 = ['2001:db8::1', '2001:db8:0:1::1', '2001:db8:8000::1'];
const V4_PREFIXES = ['0.0.0.0/0', '192.0.2.0/24', '192.0.2.128/25', '192.0.2.1/32', '128.0.0.0/1', '198.51.100.0/29'];
const V6_PREFIXES = [
  '::/0',
  '2001:db8::/32',
  '2001:db8::/64',
  '2001:db8:8000::/33',
  '2001:db8::1/128',
  '2001:db8::/127',
];
const PORTS = [0, 22, 53, 80, 443, 8080, 65535];
/** The interface that test runs come in by. */
export const TEST_IFINDEX = 1;

const prefixes = fc.oneof(
  { weight: 8, arbitrary: fc.constant<string[]>([]) },
  { weight: 2, arbitrary: fc.array(fc.constantFrom(...V4_PREFIXES), { minLength: 1, maxLength: 3 }) },
  { weight: 2, arbitrary: fc.array(fc.constantFrom(...V6_PREFIXES), { minLength: 1, maxLength: 2 }) },
  { weight: 1, arbitrary: fc.array(fc.constantFrom(...V4_PREFIXES, ...V6_PREFIXES), { minLength: 2, maxLength: 4 }) },
);
const range: fc.Arbitrary<PortRange> = fc
  .tuple(fc.constantFrom(...PORTS), fc.constantFrom(...PORTS), fc.boolean())
  .map(([a, b, single]) => ({ from: single ? a : Math.min(a, b), to: single ? a : Math.max(a, b) }));
const ranges = fc.oneof(
  { weight: 4, arbitrary: fc.constant<PortRange[]>([]) },
  fc.array(range, { minLength: 1, maxLength: 3 }),
);
const protocols = fc.oneof(
  { weight: 2, arbitrary: fc.constant<number[]>([]) },
  fc.array(fc.constantFrom(1, 6, 6, 17, 17, 58, 59, 132, 255), { minLength: 1, maxLength: 3 }),
);
const bit = fc.nat({ max: 7 }).map((shift) => 1 << shift);
const flags = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ set: 0, clear: 0 }) },
  fc.constantFrom({ set: 2, clear: 16 }, { set: 16, clear: 0 }, { set: 0, clear: 63 }),
  fc.tuple(bit, bit).map(([set, clear]) => ({ set, clear: clear & ~set })),
);
const interfaces = fc.oneof(
  { weight: 5, arbitrary: fc.constant<(string | number)[]>([]) },
  fc.array(fc.constantFrom<string | number>('near', 'far', TEST_IFINDEX, 9), { minLength: 1, maxLength: 2 }),
);
const action = fc.constantFrom('pass' as const, 'drop' as const);

const rule: fc.Arbitrary<Omit<Rule, 'name'>> = fc.record({
  action,
  source: prefixes,
  destination: prefixes,
  protocol: protocols,
  sourcePort: ranges,
  destinationPort: ranges,
  flags,
  interface: interfaces,
  fragments: fc.constantFrom('match' as const, 'skip' as const),
});

export const configs: fc.Arbitrary<FirewallConfig> = fc.record({
  default: action,
  nonIp: action,
  laterFragments: action,
  blockList: fc.oneof(
    { weight: 2, arbitrary: fc.constant<string[]>([]) },
    fc.array(fc.constantFrom('198.51.100.0/29', '192.0.2.130/32', '2001:db8:8000::/33', '2001:db8::1/128'), {
      maxLength: 2,
    }),
  ),
  interfaces: fc.constant({ near: TEST_IFINDEX, far: 9 }),
  rules: fc.array(rule, { maxLength: 8 }).map((rules) => rules.map((one, i): Rule => ({ ...one, name: `r${i}` }))),
});

const port = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...PORTS) }, fc.nat({ max: 65535 }));
const upper: fc.Arbitrary<Payload> = fc.oneof(
  fc
    .record({ sourcePort: port, destinationPort: port, flags: fc.nat({ max: 255 }) })
    .map((fields) => tcp(fields, 'hookline')),
  fc.record({ sourcePort: port, destinationPort: port }).map((fields) => udp(fields, 'hookline')),
  fc.uint8Array({ maxLength: 30 }),
);
const fragmented = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ fragmentOffset: 0, moreFragments: 0 }) },
  fc.record({ fragmentOffset: fc.constantFrom(0, 1, 185, 8191), moreFragments: fc.constantFrom(0, 1) }),
);
const protocol = fc.option(fc.constantFrom(1, 6, 17, 58, 132), { nil: undefined, freq: 3 });
const given = <K extends string, V>(key: K, value: V | undefined) =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };

const v4 = fc
  .record({
    source: fc.constantFrom(...V4),
    destination: fc.constantFrom(...V4),
    parts: fragmented,
    protocol,
    options: fc.constantFrom(new Uint8Array(), new Uint8Array(8).fill(1)),
    upper,
  })
  .map(({ source, destination, parts, protocol, options, upper }) =>
    ipv4({ source, destination, options, ...parts, ...given('protocol', protocol) }, upper),
  );
const v6 = fc
  .record({
    source: fc.constantFrom(...V6),
    destination: fc.constantFrom(...V6),
    parts: fc.option(fragmented),
    extensions: fc.nat({ max: 7 }),
    nextHeader: protocol,
    upper,
  })
  .map(({ source, destination, parts, extensions, nextHeader, upper }) => {
    const next = given('nextHeader', nextHeader);
    let inner: Payload = parts === null ? upper : fragment({ ...parts, ...next }, upper);
    for (let i = 0; i < extensions; i++) inner = hopByHop(i === 0 && parts === null ? next : {}, inner);
    return ipv6({ source, destination, ...(parts === null && extensions === 0 ? next : {}) }, inner);
  });

const linked = fc
  .tuple(
    fc.oneof(
      { weight: 5, arbitrary: v4 },
      { weight: 5, arbitrary: v6 },
      fc.uint8Array({ minLength: 4, maxLength: 40 }),
    ),
    fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 3),
  )
  .map(([network, tags]) => {
    let payload: Payload = network;
    for (let i = 0; i < tags; i++)
      payload = i % 2 === 0 ? vlan({ vlanId: 42 }, payload) : serviceVlan({ vlanId: 7 }, payload);
    return craft(ethernet({}, payload));
  });

/** Frames as they should be, cut frames, and frames with some bytes changed; at least 14 bytes long. */
export const frames: fc.Arbitrary<Uint8Array> = fc
  .record({
    frame: linked,
    cut: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, fc.nat({ max: 90 })),
    changes: fc.oneof(
      { weight: 3, arbitrary: fc.constant<[number, number][]>([]) },
      fc.array(fc.tuple(fc.nat({ max: 80 }), fc.nat({ max: 255 })), { maxLength: 3 }),
    ),
  })
  .map(({ frame, cut, changes }) => {
    const whole = cut === null ? frame.slice() : frame.slice(0, Math.max(14, cut));
    for (const [at, value] of changes) if (at < whole.length) whole[at] = value;
    return whole;
  });
