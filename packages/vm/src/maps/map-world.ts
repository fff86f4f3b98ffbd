import type { LinearMemory } from '@hookline/machine';
import type { RegionTable } from '../memory/region-table.ts';

/** What maps need of the machine that they are in. */
export interface MapWorld {
  readonly memory: LinearMemory;
  readonly regions: RegionTable;
  readonly cpus: number;
  /** Whether there is a network interface with this index, for device maps. */
  readonly hasDevice: (ifindex: number) => boolean;
}
