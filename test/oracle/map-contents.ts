import {
  type AnyMap,
  type BpfEvents,
  type BpfMap,
  type BpfQueue,
  type LoadedObject,
  MAP_TYPES,
  type MapSpec,
} from '@hookline/bpf';

/** A value as one line, the same for equal values whatever they are made of. */
export function inspect(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return `[${value.map(inspect).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, field]) => `${key}: ${inspect(field)}`)
      .join(', ')}}`;
  }
  return JSON.stringify(value) ?? 'undefined';
}

function keyed(map: BpfMap): string[] {
  return [...map.entries()].map(([key, value]) => `${inspect(key)} = ${inspect(value)}`).toSorted();
}

function popped(map: BpfQueue): string[] {
  const values: string[] = [];
  for (let value = map.pop(); value !== undefined; value = map.pop()) values.push(inspect(value));
  return values;
}

function contentsOf(spec: MapSpec, map: AnyMap): string[] {
  switch (MAP_TYPES[spec.type].holds) {
    case 'record':
      // The kernel pads the records of a perf event array, so they are compared as the layout reads them.
      return spec.type === 'perf_event_array'
        ? (map as BpfEvents).drain().map(inspect)
        : (map as BpfEvents).drainBytes().map(inspect);
    case 'program':
      // User space sees a program's id there, which says nothing in the other world.
      return [];
    default:
      return spec.type === 'queue' || spec.type === 'stack' ? popped(map as BpfQueue) : keyed(map as BpfMap);
  }
}

/**
 * What every map of an object holds, one line an entry: entries of keyed maps sorted, since the kernel's order has a
 * random seed; queues, stacks and rings in their order. Those are empty afterwards.
 */
export function mapContents(loaded: LoadedObject): ReadonlyMap<string, readonly string[]> {
  return new Map(Object.values(loaded.object.maps).map((spec) => [spec.name, contentsOf(spec, loaded.map(spec))]));
}
