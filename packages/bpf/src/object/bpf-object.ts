import type { MapSpec } from './map-spec.ts';
import type { ProgramSpec } from './program-spec.ts';

export type Programs = Readonly<Record<string, ProgramSpec>>;
export type Maps = Readonly<Record<string, MapSpec>>;

/**
 * Programs and the maps that they share: what the builder makes, what an ELF file holds, and what both worlds load.
 * The records are keyed by the names of their author (usually those of the exports); instructions refer to maps by
 * `MapSpec.name`.
 */
export interface BpfObject<P extends Programs = Programs, M extends Maps = Maps> {
  readonly kind: 'object';
  readonly programs: P;
  readonly maps: M;
}
