import { hash, lpmTrie, lruHash } from '@hookline/builder';
import { be16, ipv4Address, ipv4Prefix, ipv6Address, ipv6Prefix, struct, u16, u32, u64 } from '@hookline/layout';
import { counterMap } from '../counts.ts';
import { MAX_ALLOWED, type RateLimiterConfig } from './rate-limiter-config.ts';
import { slots } from './rows.ts';

/** A token bucket (token-bucket.ts), shared by all CPUs. */
export const Bucket = struct('bucket', { tokens: u64 });

/** The leading bits of a source address as a number, the others 0. */
export const NetworkV4 = struct('network_v4', { address: u32 });
export const NetworkV6 = struct('network_v6', { high: u64, low: u64 });

/** Port and protocol are 0 where the service is all that goes to the address. */
export const ServiceKeyV4 = struct('service_v4', { address: ipv4Address, port: be16, protocol: u16 });
export const ServiceKeyV6 = struct('service_v6', { address: ipv6Address, port: be16, protocol: u16 });

/** What a service may have, and what it has left. */
export const ServiceBucket = struct('service', {
  tokens: u64,
  /** Tokens that a tick adds, and those of a full bucket. */
  refill: u64,
  capacity: u64,
  /** Tokens that a packet costs: so many, and so many for each of its bits; one of the two is 0. */
  perPacket: u32,
  perBit: u32,
  /** Its place in the configuration. */
  index: u32,
});

/** The rate limiter's maps. What is switched off has maps of a single entry, which no program touches. */
export function rateLimiterMaps(config: RateLimiterConfig) {
  const sources = config.sources ? config.sources.entries : 1;
  const services = Math.max(config.services.length, 1);
  return {
    /** By slot (rows.ts): every packet is in exactly one of them. */
    counters: counterMap('rl_counters', slots(config)),
    sourcesV4: lruHash('rl_sources_v4', { key: NetworkV4, value: Bucket, maxEntries: sources }),
    sourcesV6: lruHash('rl_sources_v6', { key: NetworkV6, value: Bucket, maxEntries: sources }),
    servicesV4: hash('rl_services_v4', { key: ServiceKeyV4, value: ServiceBucket, maxEntries: services }),
    servicesV6: hash('rl_services_v6', { key: ServiceKeyV6, value: ServiceBucket, maxEntries: services }),
    /** The value is always 1. */
    allowedV4: lpmTrie('rl_allowed_v4', { key: ipv4Prefix, value: u32, maxEntries: MAX_ALLOWED }),
    allowedV6: lpmTrie('rl_allowed_v6', { key: ipv6Prefix, value: u32, maxEntries: MAX_ALLOWED }),
  };
}

export type RateLimiterMaps = ReturnType<typeof rateLimiterMaps>;
