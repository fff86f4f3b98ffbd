import type { MapSpec, ProgramSpec, Service } from '@hookline/bpf';
import { bpfObject } from '@hookline/builder';
import { type LoadBalancerControl, loadBalancerControl } from './control.ts';
import { DEFAULT_CONFIG } from './default-config.ts';
import type { LoadBalancerConfig } from './load-balancer-config.ts';
import { type LoadBalancerMaps, loadBalancerMaps } from './maps.ts';
import { loadBalancerProgram } from './program.ts';
import { loadBalancerRows } from './rows.ts';
import { loadBalancerSchema } from './schema.ts';

export interface LoadBalancerPrograms extends Readonly<Record<string, ProgramSpec>> {
  readonly loadBalancer: ProgramSpec<'xdp'>;
}
export type LoadBalancerObjectMaps = LoadBalancerMaps & Readonly<Record<string, MapSpec>>;

/** Virtual services over TCP and UDP, spread over backends by Maglev hashing; XDP only, as it makes room in front. */
export const loadBalancer: Service<
  LoadBalancerConfig,
  LoadBalancerControl,
  LoadBalancerPrograms,
  LoadBalancerObjectMaps
> = {
  kind: 'service',
  version: 1,
  name: 'load-balancer',
  summary: 'Spreads TCP and UDP services over backends by Maglev hashing, by MAC rewrite or through tunnels.',
  schema: loadBalancerSchema,
  defaults: DEFAULT_CONFIG,
  build(config) {
    const maps = loadBalancerMaps(config);
    return bpfObject({ loadBalancer: loadBalancerProgram(config, maps), ...maps });
  },
  control: loadBalancerControl,
  report: (loaded, config) => loadBalancerRows(loaded, config),
};
