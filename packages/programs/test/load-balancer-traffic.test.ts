import { LinearMemory } from '@hookline/machine';
import { craft, dissect, ethernet, ipv4, tcp } from '@hookline/packet';
import { Vm } from '@hookline/vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FirewallConfig } from '../src/firewall/firewall-config.ts';
import { firewallSchema } from '../src/firewall/schema.ts';
import { loadBalancer } from '../src/load-balancer/load-balancer.ts';
import { loadBalancerSchema } from '../src/load-balancer/schema.ts';
import { frames, TEST_IFINDEX } from './arbitrary-traffic.ts';
import { judge } from './first-match.ts';

/*
 * Whatever comes in: which service a frame belongs to is what the model of the firewall says of a rule for the service's
 * address, protocol and port, and what is sent is the packet as it was behind a header that holds.
 */

/** enum xdp_action (linux/bpf.h). */
const XDP = { drop: 1, pass: 2, tx: 3 } as const;

const PLACES = [
  { address: '192.0.2.1', port: 80, protocol: 'tcp', mode: 'tunnel' },
  { address: '192.0.2.1', port: 443, protocol: 'udp', mode: 'direct' },
  { address: '192.0.2.130', port: 53, protocol: 'udp', mode: 'tunnel' },
  { address: '198.51.100.7', port: 22, protocol: 'tcp', mode: 'direct' },
  { address: '2001:db8::1', port: 80, protocol: 'tcp', mode: 'tunnel' },
  { address: '2001:db8::1', port: 53, protocol: 'udp', mode: 'direct' },
  { address: '2001:db8:0:1::1', port: 443, protocol: 'udp', mode: 'tunnel' },
] as const;

const config = loadBalancerSchema.parse({
  tableSize: 251,
  source: { ipv4: '192.0.2.200', ipv6: '2001:db8::200' },
  gateway: '02:00:00:00:00:fe',
  services: PLACES.map((place, i) => ({
    ...place,
    name: `s${i}`,
    backends: [1, 2, 3].map((n) => ({
      address: place.address.includes(':') ? `2001:db8:a::${n}` : `10.0.0.${n}`,
      mac: `02:00:00:00:01:0${n}`,
    })),
  })),
});
const asRules: FirewallConfig = firewallSchema.parse({
  default: 'pass',
  rules: PLACES.map(({ address, port, protocol }, i) => ({
    name: `s${i}`,
    action: 'drop',
    destination: address,
    protocol,
    destinationPort: port,
  })),
});

/** Where the IP packet of an untagged frame ends, by its own length. */
function endOfPacket(frame: Uint8Array): number {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  return view.getUint16(12) === 0x0800 ? 14 + view.getUint16(16) : 54 + view.getUint16(18);
}

const isTagged = (frame: Uint8Array) => [0x8100, 0x88a8].includes(((frame[12] ?? 0) << 8) | (frame[13] ?? 0));

/** The frames of the firewall's tests, and more of those that go to a service. */
const traffic = fc.oneof(
  frames,
  fc
    .tuple(fc.constantFrom(...PLACES.filter(({ address }) => !address.includes(':'))), fc.nat({ max: 65_535 }))
    .map(([{ address, port }, sourcePort]) =>
      craft(ethernet({}, ipv4({ destination: address }, tcp({ sourcePort, destinationPort: port }, 'data')))),
    ),
);

test('every frame goes where its service says, or is left alone', () => {
  const vm = new Vm({ memory: new LinearMemory(4096), cpus: 1, clock: { now: 0 }, random: { u32: () => 0 } });
  const loaded = vm.load(loadBalancer.build(config));
  const control = loadBalancer.control(loaded, config);
  let sent = 0;
  fc.assert(
    fc.property(fc.array(traffic, { minLength: 1, maxLength: 60, size: 'max' }), (list) => {
      for (const frame of list) {
        control.reset();
        const { verdict, frame: out } = loaded.programs.loadBalancer.testRun(frame);
        const counted = control.rows().filter(({ packets, label }) => packets > 0n && !label.includes(':'));
        const [match] = /s\d$/.exec(judge(asRules, frame, TEST_IFINDEX).counted) ?? [];
        const expected = isTagged(frame) ? undefined : match;

        if (verdict === XDP.tx) {
          sent++;
          expect(counted).toMatchObject([{ label: `service ${expected}`, packets: 1n, bytes: BigInt(frame.length) }]);
          const { mode } = PLACES[Number(expected?.slice(1))] ?? {};
          if (mode === 'direct') expect(out.slice(12)).toEqual(frame.slice(12));
          else expectTunnel(frame, out);
          continue;
        }
        expect(out).toEqual(frame);
        if (verdict === XDP.drop) {
          expect(counted.map(({ label }) => label)).toEqual(['fragments to a virtual address']);
        } else {
          expect(verdict).toBe(XDP.pass);
          expect(counted).toEqual([]);
          // A packet that is not all there is left to the host.
          if (expected !== undefined) expect(endOfPacket(frame)).toBeGreaterThan(frame.length);
        }
      }
    }),
    { numRuns: 30 },
  );
  expect(sent).toBeGreaterThan(100);
}, 60_000);

function expectTunnel(frame: Uint8Array, out: Uint8Array): void {
  const size = out.length - frame.length;
  expect(out.slice(14 + size)).toEqual(frame.slice(14));
  expect(out.slice(12, 14)).toEqual(frame.slice(12, 14));
  const [, outer] = dissect(out).layers;
  expect(outer?.protocol).toBe(size === 20 ? 'ipv4' : 'ipv6');
  if (size === 20) expect(outer?.checksum).toBe('good');
  expect(endOfPacket(out)).toBe(endOfPacket(frame) + size);
}
