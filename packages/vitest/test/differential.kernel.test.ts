import { arp, ipv4, tcp, udp } from '@hookline/packet';
import { describe, expect, inject, test } from 'vitest';
import { differential } from '../src/index.ts';
import { inWorld } from '../src/world/current-world.ts';
import { kernel } from '../src/world/kernel.ts';
import { failureOf } from './failure.ts';
import { firewall, TELNET } from './firewall.ts';
import { marked, toPort, toThree } from './programs.ts';

describe.skipIf(inject('kernel') !== '')('in the kernel', () => {
  test('every matcher says what it says in the simulator', () => {
    let runs = 0;
    const { withoutKernel } = differential(() => {
      runs++;
      expect(firewall).toDrop(tcp({ destinationPort: TELNET }));
      expect(firewall).toPass(tcp({ destinationPort: 80 }));
      expect(firewall).toPass(arp());
      expect(firewall).toTransmit(udp());
      const frame = ipv4({ source: '198.51.100.7' }, tcp());
      expect(firewall).toDrop(frame, { maps: { denied: [['198.51.100.7', 1]], counters: [[0, 5n]] } });
      expect(marked).toDrop(udp(), { context: { mark: 7 } });
      expect(marked).not.toPass(udp(), { context: { mark: 8 } });
      expect(toThree).toRedirectTo(3, udp());
      expect(toPort).not.toRedirectTo(1, ipv4({ ttl: 2 }, udp()));
    });
    expect({ runs, withoutKernel }).toEqual({ runs: 2, withoutKernel: '' });
  });

  test('a failure says where', () => {
    const text = failureOf(() => inWorld(kernel, () => expect(firewall).toDrop(udp())));
    expect(text).toMatch(/^ {2}Verdict {2}TX in the kernel$/m);
    expect(text).toMatch(/^ {2}Decided {2}firewall\.ts:14:3 {2}when\(ip\.udp\(\), \(\) => XDP\.TX\);$/m);
  });
});
