import type { RateLimiterConfig } from './rate-limiter-config.ts';
import { rateLimiterSchema } from './schema.ts';

/** What `examples/rate-limiter.yaml` says, for a start without any file. */
export const DEFAULT_CONFIG: RateLimiterConfig = rateLimiterSchema.parse({
  sources: { limit: { packets: 1000, burst: 200 }, ipv4: 32, ipv6: 64, entries: 16_384 },
  services: [
    {
      name: 'web',
      destination: '198.51.100.80',
      protocol: 'tcp',
      port: 443,
      limit: { packets: 20_000, burst: 2000 },
    },
    {
      name: 'web over IPv6',
      destination: '2001:db8:0:2::80',
      protocol: 'tcp',
      port: 443,
      limit: { packets: 20_000, burst: 2000 },
    },
    { name: 'mail host', destination: '198.51.100.25', limit: { bits: 10_000_000, burst: 2_000_000 } },
  ],
  allow: ['192.0.2.0/24'],
});
