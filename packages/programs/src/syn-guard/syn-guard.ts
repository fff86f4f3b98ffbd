import type { MapSpec, ProgramSpec, Service } from '@hookline/bpf';
import { bpfObject } from '@hookline/builder';
import { counterRows } from '../counts.ts';
import { type SynGuardControl, synGuardControl } from './control.ts';
import { DEFAULT_CONFIG } from './default-config.ts';
import { type SynGuardMaps, synGuardMaps } from './maps.ts';
import { synGuardPrograms } from './program.ts';
import { LABELS } from './rows.ts';
import { synGuardSchema } from './schema.ts';
import type { SynGuardConfig } from './syn-guard-config.ts';

export interface SynGuardObjectPrograms extends Readonly<Record<string, ProgramSpec>> {
  readonly synGuard: ProgramSpec<'xdp'>;
  readonly synGuardTc: ProgramSpec<'sched_cls'>;
}
export type SynGuardObjectMaps = SynGuardMaps & Readonly<Record<string, MapSpec>>;

/** Above a threshold, lets only such SYNs pass as are sent again, as a real client does; for XDP and TC. */
export const synGuard: Service<SynGuardConfig, SynGuardControl, SynGuardObjectPrograms, SynGuardObjectMaps> = {
  kind: 'service',
  version: 1,
  name: 'syn-guard',
  summary: 'Holds SYNs to a flooded port back until they are sent again.',
  schema: synGuardSchema,
  defaults: DEFAULT_CONFIG,
  build(config) {
    const maps = synGuardMaps(config);
    return bpfObject({ ...synGuardPrograms(config, maps), ...maps });
  },
  control: synGuardControl,
  report: (loaded) => counterRows(loaded.maps.counters, LABELS),
};
