import {
  craft,
  destinationOptions,
  ethernet,
  flowOf,
  fragment,
  gre,
  icmpEchoRequest,
  ipv4,
  ipv6,
  tcp,
  udp,
} from '@hookline/packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

describe('flow of a packet', () => {
  test('the five-tuple', () => {
    const packet = craft(
      ipv4({ source: '10.0.0.2', destination: '10.0.0.1' }, tcp({ sourcePort: 80, destinationPort: 1234 })),
    );
    expect(flowOf(packet)).toEqual({
      protocol: 6,
      source: '10.0.0.2',
      destination: '10.0.0.1',
      sourcePort: 80,
      destinationPort: 1234,
      key: 'tcp 10.0.0.1.1234 10.0.0.2.80',
      forward: false,
    });
  });

  test('both directions share a key, and exactly one of them is forward', () => {
    const end = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 65535 }));
    fc.assert(
      fc.property(end, end, fc.constantFrom(tcp, udp), ([a, aPort], [b, bPort], upper) => {
        fc.pre(a !== b || aPort !== bPort);
        const there = flowOf(
          craft(ipv4({ source: a, destination: b }, upper({ sourcePort: aPort, destinationPort: bPort }))),
        );
        const back = flowOf(
          craft(ipv4({ source: b, destination: a }, upper({ sourcePort: bPort, destinationPort: aPort }))),
        );
        expect(there?.key).toBe(back?.key);
        expect(there?.forward).not.toBe(back?.forward);
      }),
    );
  });

  test('addresses compare as numbers, not as text', () => {
    const packet = craft(ipv4({ source: '9.0.0.1', destination: '10.0.0.1' }, udp()));
    expect(flowOf(packet)?.forward).toBe(true);
  });

  test('behind extension headers', () => {
    const packet = craft(ipv6({}, destinationOptions({}, udp({ sourcePort: 5, destinationPort: 6 }))));
    expect(flowOf(packet)).toMatchObject({ protocol: 17, sourcePort: 5, destinationPort: 6 });
  });

  test.each([
    ['of ICMP', icmpEchoRequest(), 1],
    ['of a later fragment', ipv4({ fragmentOffset: 10, protocol: 17 }, 'rest'), 17],
    ['of a later IPv6 fragment', ipv6({}, fragment({ fragmentOffset: 10, nextHeader: 17 }, 'rest')), 17],
    ['of a tunnel, whose inside is another flow', gre({}, tcp()), 47],
  ])('no ports: %s', (_, layer, protocol) => {
    expect(flowOf(craft(layer))).toMatchObject({ protocol, sourcePort: 0, destinationPort: 0 });
  });

  test('none without IP', () => {
    expect(flowOf(craft(ethernet({}, 'x')))).toBeUndefined();
    expect(flowOf(new Uint8Array())).toBeUndefined();
  });
});
