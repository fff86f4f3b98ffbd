import { entriesOf, isPerCpu, kernelSizes, MAP_TYPES, type MapSpec, valueStride } from '@hookline/bpf';

/** What MAP_CREATE is told. */
export interface MapShape {
  readonly mapType: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly mapFlags: number;
}

export function shapeOf(spec: MapSpec, cpus: number): MapShape {
  const type = MAP_TYPES[spec.type];
  const { key, value } = kernelSizes(spec);
  return {
    mapType: type.number,
    keySize: key,
    valueSize: value,
    maxEntries: entriesOf(spec, cpus),
    mapFlags: spec.flags | type.requiredFlags,
  };
}

/** Bytes that a lookup through bpf(2) gives: for a per-CPU map every CPU's value, one stride after the other. */
export function lookupSize(spec: MapSpec, cpus: number): number {
  return isPerCpu(spec) ? valueStride(spec) * cpus : kernelSizes(spec).value;
}
