import { type BpfMap, isPerCpu, type LoadedObject, type MapSpec } from '@hookline/bpf';
import { MatcherError } from '../matcher-error.ts';

/**
 * Entries by the map's name. A value for a per-CPU array is that of a single CPU; each CPU gets it, however many there are.
 */
export type MapContents = Readonly<Record<string, Iterable<readonly [key: unknown, value: unknown]>>>;

/**
 * Writes entries into the maps of a loaded object.
 *
 * @throws MatcherError MATCHER_OPTION for a map that does not exist or has no keys; what the map refuses, as it says it
 */
export function fillMaps(loaded: LoadedObject, contents: MapContents): void {
  for (const [name, entries] of Object.entries(contents)) {
    const spec = mapNamed(loaded, name);
    const map = loaded.map(spec) as Partial<BpfMap>;
    if (map.set === undefined) {
      throw new MatcherError(
        'MATCHER_OPTION',
        `The map '${name}' of type ${spec.type} has no keys: fill it in 'ready'.`,
      );
    }
    for (const [key, value] of entries) {
      map.set(key, isPerCpu(spec) ? forEachCpu(map as BpfMap, key, value) : value);
    }
  }
}

/**
 * The definition of a map, by its key in the object or by its own name.
 *
 * @throws MatcherError MATCHER_OPTION with the names that there are
 */
export function mapNamed({ object }: LoadedObject, name: string): MapSpec {
  const specs = Object.values<MapSpec>(object.maps);
  const found = object.maps[name] ?? specs.find((spec) => spec.name === name);
  if (found !== undefined) return found;
  const known = specs.map((spec) => spec.name).join(', ') || 'none';
  throw new MatcherError('MATCHER_OPTION', `The program has no map '${name}': it has ${known}.`);
}

/** A world says how many CPUs it has only by the length of what a per-CPU map gives. */
function forEachCpu(map: BpfMap, key: unknown, value: unknown): unknown[] {
  const values = map.get(key);
  if (Array.isArray(values)) return values.map(() => value);
  throw new MatcherError(
    'MATCHER_OPTION',
    `The map '${map.spec.name}' has a value for each CPU and no entry yet: fill it in 'ready'.`,
  );
}
