import type { LoadedObject, Programs, Row } from '@hookline/bpf';
import { be32, be64, decode, encode, ipv4Address, ipv6Address, struct } from '@hookline/layout';
import { IP_PROTOCOL } from '@hookline/packet';
import { counterRows, resetCounters } from '../counts.ts';
import { canonicalPrefix, familyOf } from '../firewall/prefix.ts';
import { bucketPlan } from '../token-bucket.ts';
import type { RateLimiterMaps } from './maps.ts';
import type { Limit, RateLimiterConfig, ServiceLimit } from './rate-limiter-config.ts';
import { labels, slots } from './rows.ts';

export type LoadedRateLimiter = LoadedObject<Programs, RateLimiterMaps>;

/** What can be done to a rate limiter while it runs, in either world. */
export interface RateLimiterControl {
  /**
   * Gives a service another limit, at once, with a full bucket.
   *
   * @throws Error where no service has this name, or where rate and burst are too large together
   */
  setLimit(service: string, limit: Limit): void;
  /** No limit holds for these sources from now on. @throws Error where it is no prefix, BpfError ENOSPC for too many */
  allow(prefix: string): void;
  /** Takes exactly this prefix off the list. Whether it was there. */
  disallow(prefix: string): boolean;
  allowed(): readonly string[];
  /** The networks that have a bucket now, in no order. */
  sources(): readonly string[];
  /** What has become of the packets since the load or the last reset; every packet is in one row. */
  rows(): readonly Row[];
  /** Sets all counters to zero; buckets stay as they are. */
  reset(): void;
}

/** Fills the maps from the configuration. */
export function rateLimiterControl(loaded: LoadedRateLimiter, config: RateLimiterConfig): RateLimiterControl {
  const { maps } = loaded;
  const listOf = (prefix: string) => (familyOf(prefix) === 'ipv4' ? maps.allowedV4 : maps.allowedV6);

  const fill = ({ destination, port }: ServiceLimit, index: number, { unit, perSecond, burst }: Limit): void => {
    const plan = bucketPlan(perSecond, burst);
    const key = {
      address: destination,
      port: port?.number ?? 0,
      protocol: port === undefined ? 0 : port.protocol === 'tcp' ? IP_PROTOCOL.TCP : IP_PROTOCOL.UDP,
    };
    const value = {
      // Full, as of tick 0.
      tokens: BigInt(plan.capacity),
      refill: BigInt(plan.refill),
      capacity: BigInt(plan.capacity),
      perPacket: unit === 'packets' ? plan.unit : 0,
      perBit: unit === 'bits' ? plan.unit : 0,
      index,
    };
    (familyOf(destination) === 'ipv4' ? maps.servicesV4 : maps.servicesV6).set(key, value);
  };

  const control: RateLimiterControl = {
    setLimit(name, limit) {
      const index = config.services.findIndex((service) => service.name === name);
      const service = config.services[index];
      if (service === undefined) {
        const names = config.services.map((one) => one.name).join(', ');
        throw new Error(`There is no service '${name}': ${names === '' ? 'there are none' : `use one of ${names}`}.`);
      }
      fill(service, index, limit);
    },
    allow(prefix) {
      const canonical = canonicalPrefix(prefix);
      listOf(canonical).set(canonical, 1);
    },
    disallow(prefix) {
      const canonical = canonicalPrefix(prefix);
      return listOf(canonical).delete(canonical);
    },
    allowed: () => [...maps.allowedV4.keys(), ...maps.allowedV6.keys()],
    sources: () => sourcesOf(loaded, config),
    rows: () => counterRows(maps.counters, labels(config)),
    reset: () => resetCounters(maps.counters, slots(config)),
  };

  for (const [index, service] of config.services.entries()) fill(service, index, service.limit);
  for (const prefix of config.allow) control.allow(prefix);
  return control;
}

/** An IPv6 address as two numbers. */
const Halves = struct('halves', { high: be64, low: be64 }, { packed: true });

function sourcesOf({ maps }: LoadedRateLimiter, { sources }: RateLimiterConfig): readonly string[] {
  if (!sources) return [];
  const { ipv4, ipv6 } = sources.prefixLength;
  const v4 = [...maps.sourcesV4.keys()].map(({ address }) => decode(ipv4Address, encode(be32, address)));
  const v6 = [...maps.sourcesV6.keys()].map((halves) => decode(ipv6Address, encode(Halves, halves)));
  return [...v4.map((address) => `${address}/${ipv4}`), ...v6.map((address) => `${address}/${ipv6}`)];
}
