import type { LoadedObject, Programs, Row } from '@hookline/bpf';
import { counterRows, resetCounters } from '../counts.ts';
import type { SynGuardMaps } from './maps.ts';
import { LABELS, SLOTS } from './rows.ts';

export type LoadedSynGuard = LoadedObject<Programs, SynGuardMaps>;

/** What can be read from a SYN guard while it runs, in either world. */
export interface SynGuardControl {
  /** What has become of the packets since the load or the last reset; every packet is in one row. */
  rows(): readonly Row[];
  /** Sets all counters to zero; what is held back stays so. */
  reset(): void;
}

export function synGuardControl({ maps }: LoadedSynGuard): SynGuardControl {
  return {
    rows: () => counterRows(maps.counters, LABELS),
    reset: () => resetCounters(maps.counters, SLOTS),
  };
}
