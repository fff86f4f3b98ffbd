import type { MapSpec, ProgramSpec, Service } from '@hookline/bpf';
import { bpfObject } from '@hookline/builder';
import { counterRows } from '../counts.ts';
import { type RateLimiterControl, rateLimiterControl } from './control.ts';
import { DEFAULT_CONFIG } from './default-config.ts';
import { type RateLimiterMaps, rateLimiterMaps } from './maps.ts';
import { rateLimiterPrograms } from './program.ts';
import type { RateLimiterConfig } from './rate-limiter-config.ts';
import { labels } from './rows.ts';
import { rateLimiterSchema } from './schema.ts';

export interface RateLimiterObjectPrograms extends Readonly<Record<string, ProgramSpec>> {
  readonly rateLimiter: ProgramSpec<'xdp'>;
  readonly rateLimiterTc: ProgramSpec<'sched_cls'>;
}
export type RateLimiterObjectMaps = RateLimiterMaps & Readonly<Record<string, MapSpec>>;

/** Token buckets that all CPUs share, for each source network and each service; for XDP and TC. */
export const rateLimiter: Service<
  RateLimiterConfig,
  RateLimiterControl,
  RateLimiterObjectPrograms,
  RateLimiterObjectMaps
> = {
  kind: 'service',
  version: 1,
  name: 'rate-limiter',
  summary: 'Holds sources and services to packets or bits a second, with one bucket over all queues.',
  schema: rateLimiterSchema,
  defaults: DEFAULT_CONFIG,
  build(config) {
    const maps = rateLimiterMaps(config);
    return bpfObject({ ...rateLimiterPrograms(config, maps), ...maps });
  },
  control: rateLimiterControl,
  report: (loaded, config) => counterRows(loaded.maps.counters, labels(config)),
};
