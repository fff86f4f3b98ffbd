import { BpfError, checkMap, type MapSpec, type MapType } from '@hookline/bpf';
import { ArrayMap } from './array-map.ts';
import { DeviceMap } from './device-map.ts';
import { HashMap } from './hash-map.ts';
import { LpmTrieMap } from './lpm-trie-map.ts';
import { LruHashMap } from './lru-hash-map.ts';
import type { MapWorld } from './map-world.ts';
import { PerCpuArrayMap } from './per-cpu-array-map.ts';
import { PerfEventArrayMap } from './perf-event-array-map.ts';
import { ProgramArrayMap } from './program-array-map.ts';
import { QueueMap } from './queue-map.ts';
import { RingBufferMap } from './ring-buffer-map.ts';
import type { VmMap } from './vm-map.ts';

type Constructor = new (spec: MapSpec, world: MapWorld) => VmMap;

const CONSTRUCTORS: Readonly<Partial<Record<MapType, Constructor>>> = {
  array: ArrayMap,
  percpu_array: PerCpuArrayMap,
  hash: HashMap,
  percpu_hash: HashMap,
  lru_hash: LruHashMap,
  lru_percpu_hash: LruHashMap,
  lpm_trie: LpmTrieMap,
  prog_array: ProgramArrayMap,
  queue: QueueMap,
  stack: QueueMap,
  ringbuf: RingBufferMap,
  perf_event_array: PerfEventArrayMap,
  devmap: DeviceMap,
  devmap_hash: DeviceMap,
};

/**
 * Makes a map; its values cost memory only where they are touched.
 *
 * @throws BpfError as `checkMap` does, and MAP_UNSUPPORTED for a type that is not simulated
 * @throws MemoryExhaustedError where the address space has no room for it
 */
export function createMap(spec: MapSpec, world: MapWorld): VmMap {
  checkMap(spec);
  const Type = CONSTRUCTORS[spec.type];
  if (Type === undefined) {
    throw new BpfError('MAP_UNSUPPORTED', `Map ${spec.name} is a ${spec.type}, which is not simulated: use another.`, {
      map: spec.name,
    });
  }
  const map = new Type(spec, world);
  map.initialize();
  return map;
}
