import { ipv4, ipv6, type Layer, type Payload } from '@hookline/packet';
import fc from 'fast-check';

/** What generated traffic is made of. */
export interface TrafficOptions {
  /** Addresses of either family; by default some of those that documents use (RFC 5737, RFC 3849). */
  readonly addresses?: readonly string[];
  /** Ports; by default a few well-known ones among any. */
  readonly ports?: readonly number[];
}

/** Two addresses of one family. */
export interface Ends {
  readonly source: string;
  readonly destination: string;
  readonly isIpv6: boolean;
}

const ADDRESSES = ['192.0.2.1', '192.0.2.130', '198.51.100.7', '203.0.113.9', '2001:db8::1', '2001:db8:0:1::80'];
const PORTS = [22, 23, 53, 80, 443, 8080];

/** @throws RangeError for no address at all */
export function arbitraryEnds({ addresses = ADDRESSES }: TrafficOptions): fc.Arbitrary<Ends> {
  const families = [false, true]
    .map((isIpv6) => ({ isIpv6, pool: addresses.filter((address) => address.includes(':') === isIpv6) }))
    .filter(({ pool }) => pool.length > 0);
  if (families.length === 0)
    throw new RangeError('No addresses to make frames with: give at least one, or none at all.');
  return fc.oneof(
    ...families.map(({ isIpv6, pool }) =>
      fc.record({
        source: fc.constantFrom(...pool),
        destination: fc.constantFrom(...pool),
        isIpv6: fc.constant(isIpv6),
      }),
    ),
  );
}

export function arbitraryPort({ ports }: TrafficOptions): fc.Arbitrary<number> {
  if (ports !== undefined) return fc.constantFrom(...ports);
  return fc.oneof(fc.constantFrom(...PORTS), fc.integer({ min: 1, max: 0xffff }));
}

/** A packet between two ends. */
export function between({ source, destination, isIpv6 }: Ends, hops: number, payload: Payload): Layer {
  return isIpv6
    ? ipv6({ source, destination, hopLimit: hops }, payload)
    : ipv4({ source, destination, ttl: hops }, payload);
}
