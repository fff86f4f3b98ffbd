import { arp, ipv4, tcp, udp } from '@hookline/packet';
import { differential, replay } from '@hookline/vitest';
import { expect, test } from 'vitest';
import { dropped, firewall } from './firewall.ts';

const SCANNER = '203.0.113.66';

test('telnet is dropped, and nothing else', () => {
  expect(firewall).toDrop(tcp({ destinationPort: 23 }));
  expect(firewall).toPass(tcp({ destinationPort: 22 }));
  expect(firewall).toPass(udp({ destinationPort: 23 }));
  expect(firewall).toPass(arp());
});

test('blocked sources are dropped, whatever they send', () => {
  const maps = { blocked: [[SCANNER, 1]] } as const;
  expect(firewall).toDrop(ipv4({ source: SCANNER }, udp()), { maps });
  expect(firewall).toPass(ipv4({ source: '203.0.113.67' }, udp()), { maps });
});

test('the kernel agrees, where the tests may ask it', () => {
  differential(() => {
    expect(firewall).toDrop(tcp({ destinationPort: 23 }));
    expect(firewall).toPass(udp());
  });
});

// The capture has 212 frames: 72 from the scanner, and one for telnet from somebody else.
test('of a port scan, the scanner sees nothing', async () => {
  const report = await replay('captures/port-scan.pcap', firewall, { maps: { blocked: [[SCANNER, 1]] } });
  expect(report).toHaveVerdicts({ DROP: 73, PASS: 139 });
  expect(report).toHaveDropped({ reason: 'XDP', exactly: 73 });
  expect(report).toHaveMapEntry(dropped, 1, 1n);
  expect(report).toConserveFrames();
});
