import type { MapSpec, ProgramSpec, Service } from '@hookline/bpf';
import { bpfObject } from '@hookline/builder';
import { type CountersControl, countersControl, countersRows } from './control.ts';
import type { CountersConfig } from './counters-config.ts';
import { DEFAULT_CONFIG } from './default-config.ts';
import { type CountersMaps, countersMaps } from './maps.ts';
import { countersPrograms } from './program.ts';
import { countersSchema } from './schema.ts';

export interface CountersPrograms extends Readonly<Record<string, ProgramSpec>> {
  readonly counters: ProgramSpec<'xdp'>;
  readonly countersTc: ProgramSpec<'sched_cls'>;
}
export type CountersObjectMaps = CountersMaps & Readonly<Record<string, MapSpec>>;

/** Who talks to whom, by what and how much: tables, top talkers, histograms and events of new flows; for XDP and TC. */
export const counters: Service<CountersConfig, CountersControl, CountersPrograms, CountersObjectMaps> = {
  kind: 'service',
  version: 1,
  name: 'counters',
  summary: 'Passes every packet; counts protocols, ports, prefixes, TCP flags, flows, sizes and gaps.',
  schema: countersSchema,
  defaults: DEFAULT_CONFIG,
  build(config) {
    const maps = countersMaps(config);
    return bpfObject({ ...countersPrograms(config, maps), ...maps });
  },
  control: countersControl,
  report: countersRows,
};
