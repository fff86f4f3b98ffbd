import { LinearMemory } from '@hookline/machine';
import { arp, craft, ethernet, icmp, ipv4, ipv6, tcp, udp } from '@hookline/packet';
import { Vm } from '@hookline/vm';
import { expect, test } from 'vitest';
import { loadService, services } from '../src/services.ts';
import { count } from '../src/simple/count.ts';
import { dropAll } from '../src/simple/drop-all.ts';
import { passAll } from '../src/simple/pass-all.ts';

const vm = () => new Vm({ memory: new LinearMemory(1024), cpus: 1, clock: { now: 0 }, random: { u32: () => 0 } });
const frame = craft(ipv4({}, tcp()));

test.each(services)('$name is what the registry says of it', async ({ name, summary }) => {
  const service = await loadService(name);
  expect({ kind: service.kind, version: service.version, name: service.name }).toEqual({
    kind: 'service',
    version: 1,
    name,
  });
  expect(service.summary).toBe(summary);
  expect(service.summary).toMatch(/^[A-Z].+\.$/);
});

test('an unknown name gets a suggestion', async () => {
  await expect(loadService('firewal')).rejects.toThrow(
    "No program called 'firewal' ships with Hookline: did you mean 'firewall'?",
  );
  await expect(loadService('toString')).rejects.toMatchObject({ code: 'PROGRAM_UNKNOWN' });
});

test.each([
  [passAll, { xdp: 2, tc: 0 }],
  [dropAll, { xdp: 1, tc: 2 }],
])('$name does what its name says', (service, verdicts) => {
  const loaded = vm().load(service.build({}));
  const control = service.control(loaded, {});
  expect(loaded.programs.onXdp.testRun(frame).verdict).toBe(verdicts.xdp);
  expect(loaded.programs.onTc.testRun(frame).verdict).toBe(verdicts.tc);
  expect(control.rows()).toMatchObject([{ label: 'all packets', packets: 2n, bytes: BigInt(2 * frame.length) }]);
  control.reset();
  expect(control.rows()).toMatchObject([{ packets: 0n, bytes: 0n }]);
});

test('count tells protocols apart', () => {
  const loaded = vm().load(count.build({}));
  const traffic = [
    frame,
    craft(ipv6({}, tcp())),
    craft(ipv4({ fragmentOffset: 10, protocol: 6 }, 'later fragment')),
    craft(ipv4({}, udp())),
    craft(ipv4({}, icmp())),
    craft(ipv4({ protocol: 132 }, 'sctp')),
    craft(arp()),
    craft(ethernet({ etherType: 0x88cc }, 'lldp')),
  ];
  for (const one of traffic) expect(loaded.programs.onXdp.testRun(one).verdict).toBe(2);
  const packets = Object.fromEntries(count.report(loaded, {}).map((row) => [row.label, row.packets]));
  expect(packets).toEqual({ TCP: 3n, UDP: 1n, ICMP: 1n, 'other IP': 1n, ARP: 1n, 'everything else': 1n });
});

test('a program without a configuration takes none', () => {
  expect(passAll.schema.parse({})).toEqual({});
  expect(() => passAll.schema.parse({ rules: [] })).toThrow('There is no such key in a configuration');
});
