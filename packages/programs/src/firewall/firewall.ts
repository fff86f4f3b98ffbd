import type { MapSpec, ProgramSpec, Service } from '@hookline/bpf';
import { bpfObject } from '@hookline/builder';
import { counterRows } from '../counts.ts';
import { type FirewallControl, firewallControl } from './control.ts';
import { DEFAULT_CONFIG } from './default-config.ts';
import type { FirewallConfig } from './firewall-config.ts';
import { type FirewallMaps, firewallMaps } from './maps.ts';
import { firewallPrograms } from './program.ts';
import { labels } from './rows.ts';
import { firewallSchema } from './schema.ts';

export interface FirewallObjectPrograms extends Readonly<Record<string, ProgramSpec>> {
  readonly firewall: ProgramSpec<'xdp'>;
  readonly firewallTc: ProgramSpec<'sched_cls'>;
}
export type FirewallObjectMaps = FirewallMaps & Readonly<Record<string, MapSpec>>;

/** Ordered rules over addresses, ports, flags and interfaces, a block list, and a counter for each; for XDP and TC. */
export const firewall: Service<FirewallConfig, FirewallControl, FirewallObjectPrograms, FirewallObjectMaps> = {
  kind: 'service',
  version: 1,
  name: 'firewall',
  summary: 'Passes or drops by ordered rules, the first that matches; with a block list and counters.',
  schema: firewallSchema,
  defaults: DEFAULT_CONFIG,
  build(config) {
    const maps = firewallMaps(config);
    return bpfObject({ ...firewallPrograms(config, maps), ...maps });
  },
  control: firewallControl,
  report: (loaded, config) => counterRows(loaded.maps.counters, labels(config)),
};
