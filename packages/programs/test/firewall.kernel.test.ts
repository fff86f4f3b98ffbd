import { KernelHost } from '@hookline/attach';
import { craft, ipv4, tcp } from '@hookline/packet';
import fc from 'fast-check';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { firewall } from '../src/firewall/firewall.ts';
import { type FirewallConfig, MAX_RULES } from '../src/firewall/firewall-config.ts';
import { firewallSchema } from '../src/firewall/schema.ts';
import { configs, frames, TEST_IFINDEX } from './arbitrary-traffic.ts';
import { judge } from './first-match.ts';

const host = new KernelHost();
afterAll(() => host[Symbol.dispose]());

/** What the kernel's test run takes for a TC program (net/bpf/test_run.c bpf_prog_test_run_skb, eth_type_trans). */
const SMALLEST_TC_FRAME = 54;

test.skipIf(inject('kernel') !== '')('the kernel comes to what the model says', () => {
  fc.assert(
    fc.property(configs, fc.array(frames, { minLength: 1, maxLength: 100, size: 'max' }), (config, traffic) => {
      using loaded = host.load(firewall.build(config));
      const control = firewall.control(loaded, config);
      const { firewall: onXdp, firewallTc: onTc } = loaded.programs;
      for (const frame of traffic) {
        const expected = judge(config, frame, TEST_IFINDEX);
        control.reset();
        expect(onXdp.testRun(frame).verdict).toBe(expected.verdict === 'pass' ? 2 : 1);
        const counted = control.rows().filter((row) => row.packets > 0n);
        expect(counted).toMatchObject([{ label: expected.counted, packets: 1n, bytes: BigInt(frame.length) }]);
        if (frame.length < SMALLEST_TC_FRAME) continue;
        expect(onTc.testRun(frame).verdict).toBe(expected.verdict === 'pass' ? 0 : 2);
      }
    }),
    { numRuns: 40 },
  );
});

describe('as many rules as the configuration takes are loaded', () => {
  const rules: Readonly<Record<string, (i: number) => object>> = {
    'on ports': (i) => ({ protocol: ['tcp', 'udp'], destinationPort: i }),
    'on flags': (i) => ({ protocol: 'tcp', flags: { set: 'SYN', clear: 'ACK' }, destinationPort: `${i}-${i + 5}` }),
    'on networks of both families': (i) => ({ source: [`10.${i}.0.0/16`, `2001:db8:${i}::/48`] }),
    'on five IPv6 hosts each': (i) => ({
      source: [1, 2, 3].map((n) => `2001:db8:${i}:7:8:9:a:${n}`),
      destination: [4, 5].map((n) => `2001:db8:${i}:7:8:9:a:${n}`),
    }),
    'on everything': (i) => ({
      source: `2001:db8:${i}:1:2:3:4:5`,
      destination: [`2001:db8:${i}::/127`, '10.0.0.0/8'],
      sourcePort: '1024-65535',
      destinationPort: `${i}-${2 * i}`,
      flags: { set: 'SYN' },
      interface: (i % 32) + 1,
      fragments: 'match',
    }),
  };

  test.skipIf(inject('kernel') !== '').each(Object.entries(rules))('%s', (_name, make) => {
    const config: FirewallConfig = firewallSchema.parse({
      default: 'drop',
      rules: Array.from({ length: MAX_RULES }, (_, i) => ({
        name: `rule ${i}`,
        action: i % 2 ? 'pass' : 'drop',
        ...make(i),
      })),
    });
    using loaded = host.load(firewall.build(config));
    const frame = craft(ipv4({}, tcp({ destinationPort: 60_000, flags: ['ACK'] })));
    expect(loaded.programs.firewall.testRun(frame).verdict).toBe(1);
    expect(loaded.programs.firewallTc.testRun(frame).verdict).toBe(2);
  });
});
