import {
  array,
  type BpfMap,
  hash,
  type LoadedObject,
  lruHash,
  type MapSpec,
  perCpuArray,
  perCpuHash,
} from '@hookline/bpf';
import { u32, u64 } from '@hookline/layout';
import fc from 'fast-check';
import { type HelperCase, SEEN, withParameters } from './parameters.ts';

/** Adds keys and values up, and ends early at the key that the frame names: of an array only, whose order is fixed. */
function summing(map: MapSpec, fill: (map: BpfMap) => void): HelperCase {
  const object = withParameters(
    'xdp',
    `${SEEN}\n.map m array value 8 entries 1`,
    `*(u64 *)(r10 -8) = 0
     *(u64 *)(r10 -16) = r9
     r1 = map[m]
     r2 = subprog[each]
     r3 = r10
     r3 += -16
     r4 = r7
     call bpf_for_each_map_elem
     r1 = map[seen][0]+0
     *(u64 *)(r1 +0) = r0
     r2 = *(u64 *)(r10 -8)
     *(u64 *)(r1 +8) = r2`,
    `.function each 4
     r0 = 0
     r1 = *(u32 *)(r2 +0)
     r5 = *(u64 *)(r3 +0)
     r3 = *(u64 *)(r4 +8)
     r3 += r1
     r3 += r5
     *(u64 *)(r4 +8) = r3
     r5 = *(u64 *)(r4 +0)
     if r1 != r5 goto on
     r0 = 1
   on:
     exit`,
  );
  const ordered = map.type === 'array' || map.type === 'percpu_array';
  return {
    name: `for_each_map_elem of ${map.type}`,
    object: { ...object, maps: { ...object.maps, m: map } },
    a: fc.constantFrom(0, 0, 0, 1),
    c: ordered ? fc.bigInt({ min: 0n, max: 9n }) : fc.constant(99n),
    prepare: (loaded: LoadedObject) => fill(loaded.maps.m as BpfMap),
  };
}

const VALUES = { value: u64, maxEntries: 8 } as const;
function five(map: BpfMap): void {
  for (let key = 0; key < 5; key++) map.set(key, BigInt(key * 1000));
}

export const FOR_EACH_CASES: readonly HelperCase[] = [
  summing(array('m', VALUES), five),
  summing(hash('m', { key: u32, ...VALUES }), five),
  summing(lruHash('m', { key: u32, ...VALUES }), five),
  summing(perCpuArray('m', VALUES), () => {}),
  summing(perCpuHash('m', { key: u32, ...VALUES }), () => {}),
];
