import {
  authentication,
  craft,
  destinationOptions,
  fragment,
  hopByHop,
  icmp,
  ipv4,
  ipv6,
  routing,
  serviceVlan,
  tcp,
  udp,
  vlan,
} from '@hookline/packet';
import fc from 'fast-check';

const TCP = tcp({ sourcePort: 40_000, destinationPort: 443 }, 'hello');
const UDP = udp({ sourcePort: 53, destinationPort: 1000 }, 'answer');

/** One frame of each kind that parsing has to tell apart. */
export const FRAMES: readonly Uint8Array[] = [
  TCP,
  UDP,
  udp({ checksum: 0 }, 'without a checksum'),
  icmp({}, 'ping'),
  ipv4({ options: ['noOperation', 'noOperation', 'noOperation', 'end'] }, TCP),
  ipv4({ moreFragments: 1 }, UDP),
  ipv4({ fragmentOffset: 100, protocol: 17 }, 'the middle of a datagram'),
  ipv4({ source: '10.1.2.3', ttl: 1 }, UDP),
  vlan({ vlanId: 7 }, ipv4({}, TCP)),
  serviceVlan({ vlanId: 7 }, vlan({ vlanId: 8 }, ipv4({}, UDP))),
  ipv6({}, TCP),
  ipv6({}, UDP),
  ipv6({}, hopByHop({}, TCP)),
  ipv6({}, hopByHop({}, routing({}, destinationOptions({}, authentication({}, UDP))))),
  ipv6({}, fragment({ fragmentOffset: 0, moreFragments: 1 }, UDP)),
  ipv6({}, fragment({ fragmentOffset: 5, nextHeader: 17 }, 'the middle of a datagram')),
  vlan({ vlanId: 7 }, ipv6({}, TCP)),
].map((layer) => craft(layer, { minimumLength: 60 }));

/** A frame with a few bytes changed, which may be lengths and types, or cut short. */
export const mutatedFrame: fc.Arbitrary<Uint8Array> = fc
  .record({
    frame: fc.constantFrom(...FRAMES),
    changes: fc.array(fc.tuple(fc.nat(80), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }),
    cut: fc.option(fc.nat(60), { freq: 3 }),
  })
  .map(({ frame, changes, cut }) => {
    const bytes = Uint8Array.from(frame);
    for (const [at, value] of changes) bytes[12 + (at % (bytes.length - 12))] = value;
    return cut === null ? bytes : bytes.subarray(0, Math.max(14, bytes.length - cut));
  });
