import { readFileSync } from 'node:fs';
import { LinearMemory } from '@hookline/machine';
import { craft, ethernet, fragment, ipv4, ipv6, serviceVlan, tcp, udp, vlan } from '@hookline/packet';
import { Vm } from '@hookline/vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../src/config/read-config.ts';
import { firewall } from '../src/firewall/firewall.ts';
import type { FirewallConfig } from '../src/firewall/firewall-config.ts';
import { withInterfaces } from '../src/firewall/interfaces.ts';
import { firewallSchema } from '../src/firewall/schema.ts';
import { configs, frames, TEST_IFINDEX } from './arbitrary-traffic.ts';
import { judge } from './first-match.ts';

/** The verdicts of linux/bpf.h and linux/pkt_cls.h. */
const VERDICTS = { xdp: { pass: 2, drop: 1 }, tc: { pass: 0, drop: 2 } } as const;

function load(config: FirewallConfig) {
  const vm = new Vm({ memory: new LinearMemory(4096), cpus: 2, clock: { now: 0 }, random: { u32: () => 0 } });
  const loaded = vm.load(firewall.build(config));
  return { loaded, control: firewall.control(loaded, config) };
}

const read = (text: string): FirewallConfig => readConfig(firewallSchema, text);

/** The kernel's test run of a TC program takes no IP packet without a whole header (net/bpf/test_run.c). */
const SMALLEST_TC_FRAME = 54;

test('the first rule that matches decides, whatever the rules and the packets are', () => {
  fc.assert(
    fc.property(configs, fc.array(frames, { minLength: 1, maxLength: 60, size: 'max' }), (config, traffic) => {
      const { loaded, control } = load(config);
      for (const frame of traffic) {
        control.reset();
        const expected = judge(config, frame, TEST_IFINDEX);
        const result = loaded.programs.firewall.testRun(frame);
        expect(result.verdict).toBe(VERDICTS.xdp[expected.verdict]);
        expect(result.frame).toEqual(frame);
        const counted = control.rows().filter((row) => row.packets > 0n);
        expect(counted).toEqual([
          { label: expected.counted, action: expected.verdict, packets: 1n, bytes: BigInt(frame.length) },
        ]);
        if (frame.length < SMALLEST_TC_FRAME) continue;
        expect(loaded.programs.firewallTc.testRun(frame).verdict).toBe(VERDICTS.tc[expected.verdict]);
      }
    }),
    { numRuns: 20 },
  );
}, 60_000);

describe('what a rule matches', () => {
  const laterTcp = craft(ipv4({ protocol: 6, fragmentOffset: 185 }, new Uint8Array(40)));
  const laterUdp6 = craft(ipv6({}, fragment({ nextHeader: 17, fragmentOffset: 185 }, new Uint8Array(40))));
  const firstTcp = craft(ipv4({ moreFragments: 1 }, tcp({ destinationPort: 80 })));
  const synFin = craft(ipv4({}, tcp({ destinationPort: 80, flags: ['SYN', 'FIN'] })));
  const syn = craft(ipv4({}, tcp({ destinationPort: 80, flags: ['SYN'] })));
  const datagram = craft(ipv4({}, udp({ destinationPort: 80 })));
  const tiny = craft(ipv4({ protocol: 6 }, new Uint8Array(12)));
  const tagged = craft(
    ethernet({}, serviceVlan({ vlanId: 100 }, vlan({ vlanId: 30 }, ipv6({}, tcp({ destinationPort: 80 }))))),
  );
  const behindOptions = craft(ipv4({ options: new Uint8Array(12).fill(1) }, tcp({ destinationPort: 80 })));

  test.each([
    ['ports of a first fragment', 'destinationPort: 80', firstTcp, true],
    ['no ports of a later fragment', 'destinationPort: 80', laterTcp, false],
    ['any ports of a later fragment where it says so', 'destinationPort: 80, fragments: match', laterTcp, true],
    ['those of IPv6 too', 'destinationPort: 80, fragments: match', laterUdp6, true],
    ['only of the protocol that it asks for', 'protocol: tcp, destinationPort: 80, fragments: match', laterUdp6, false],
    ['no later fragment of UDP where it asks for flags', 'flags: { set: SYN }, fragments: match', laterUdp6, false],
    ['the protocol of a later fragment', 'protocol: tcp', laterTcp, true],
    ['all flags that are to be set', 'flags: { set: [SYN, FIN] }', synFin, true],
    ['not only some of them', 'flags: { set: [SYN, FIN] }', syn, false],
    ['no flag that is to be clear', 'flags: { set: SYN, clear: [FIN, ACK] }', synFin, false],
    ['ports of UDP where it names no protocol', 'destinationPort: 80', datagram, true],
    ['no UDP where it asks for flags', 'flags: { clear: FIN }, destinationPort: 80', datagram, false],
    ['no ports of a TCP header that is cut', 'destinationPort: 0', tiny, false],
    ['the protocol of one', 'protocol: tcp', tiny, true],
    ['behind two VLAN tags', 'destinationPort: 80', tagged, true],
    ['behind IPv4 options', 'destinationPort: 80', behindOptions, true],
    ['both ends of a range', 'destinationPort: 80-81', syn, true],
    ['both ends of a range', 'destinationPort: 79-80', syn, true],
    ['nothing beside it', 'destinationPort: [1-79, 81-65535]', syn, false],
    ['either family by its own prefixes', 'source: [2001:db8::/32, 192.0.2.0/24]', syn, true],
    ['no IPv4 where all prefixes are IPv6', 'source: "2001:db8::/32"', syn, false],
  ])('%s: %s', (_what, rule, frame, matches) => {
    const config = read(`default: drop\nlaterFragments: drop\nrules: [{ name: one, action: pass, ${rule} }]`);
    expect(load(config).loaded.programs.firewall.testRun(frame).verdict).toBe(VERDICTS.xdp[matches ? 'pass' : 'drop']);
  });
});

describe('the control plane', () => {
  const config = read('default: pass\nblockList: [203.0.113.0/24]');
  const from = (source: string): Uint8Array =>
    craft(source.includes(':') ? ipv6({ source }, udp()) : ipv4({ source }, udp()));

  test('blocks and unblocks while the firewall runs', () => {
    const { loaded, control } = load(config);
    const verdict = (source: string) => loaded.programs.firewall.testRun(from(source)).verdict;
    expect([verdict('203.0.113.9'), verdict('192.0.2.9'), verdict('2001:db8::9')]).toEqual([1, 2, 2]);
    control.block('192.0.2.8/29');
    control.block('2001:db8::9');
    expect([verdict('203.0.113.9'), verdict('192.0.2.9'), verdict('2001:db8::9')]).toEqual([1, 1, 1]);
    expect(control.blocked().toSorted()).toEqual(['192.0.2.8/29', '2001:db8::9/128', '203.0.113.0/24']);
    expect(control.unblock('203.0.113.0/24')).toBe(true);
    expect(control.unblock('203.0.113.0/24')).toBe(false);
    expect([verdict('203.0.113.9'), verdict('192.0.2.9'), verdict('2001:db8::9')]).toEqual([2, 1, 1]);
  });

  test('refuses what is no network, and names it', () => {
    const { control } = load(config);
    expect(() => control.block('10.1.2.3/8')).toThrow("'10.1.2.3/8' has bits behind its length: write 10.0.0.0/8");
    expect(() => control.block('everyone')).toThrow("'everyone' is no IPv4 address");
    expect(control.blocked()).toEqual(['203.0.113.0/24']);
  });

  test('counts packets and bytes, and starts again', () => {
    const { loaded, control } = load(config);
    const frame = from('203.0.113.1');
    loaded.programs.firewall.testRun(frame, { repeat: 3 });
    const blocked = () => firewall.report(loaded, config).find((row) => row.label === 'block list');
    expect(blocked()).toEqual({ label: 'block list', action: 'drop', packets: 3n, bytes: BigInt(3 * frame.length) });
    control.reset();
    expect(blocked()?.packets).toBe(0n);
  });
});

describe('interfaces', () => {
  const text = 'default: drop\nrules:\n  - { name: from near, action: pass, interface: near }';
  const frame = craft(ipv4({}, tcp()));

  test('have the numbers of the host', () => {
    const near = withInterfaces(read(text), [{ name: 'near', ifindex: TEST_IFINDEX }]);
    const far = withInterfaces(read(text), [{ name: 'near', ifindex: 9 }]);
    expect(load(near).loaded.programs.firewall.testRun(frame).verdict).toBe(VERDICTS.xdp.pass);
    expect(load(far).loaded.programs.firewall.testRun(frame).verdict).toBe(VERDICTS.xdp.drop);
  });

  test('the bytecode does not depend on their numbers', () => {
    const build = (ifindex: number) => firewall.build(withInterfaces(read(text), [{ name: 'near', ifindex }]));
    expect(build(3).programs.firewall.instructions.length).toBeGreaterThan(0);
    expect(build(3).programs).toEqual(build(4).programs);
  });

  test('that nobody knows are refused', () => {
    expect(() => load(read(text))).toThrow("interfaces: A rule names 'near', whose number is not known");
  });
});

test('the defaults are the example that ships', () => {
  const example = readFileSync(new URL('../examples/firewall.yaml', import.meta.url), 'utf8');
  expect(firewall.defaults).toEqual(read(example));
});
