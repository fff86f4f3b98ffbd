import type { MapType } from '@hookline/bpf';
import { encode, u32 } from '@hookline/layout';
import type { KernelMap } from './kernel-map.ts';
import { PerfBufferReader } from './perf-buffer.ts';
import type { RecordReader } from './record-reader.ts';
import { RingBufferReader } from './ring-buffer.ts';

type OpenReader = (map: KernelMap, cpus: number) => RecordReader;

/** How the records of a map are read, by its type. */
const READERS: Partial<Readonly<Record<MapType, OpenReader>>> = {
  ringbuf: (map) => new RingBufferReader(map.fd, map.spec.maxEntries),
  perf_event_array: (map, cpus) =>
    new PerfBufferReader(Math.min(cpus, map.maxEntries), (cpu, fd) => {
      map.update(encode(u32, cpu), encode(u32, fd), 0);
    }),
};

/** @returns undefined for a map that has no records */
export function openReader(map: KernelMap, cpus: number): RecordReader | undefined {
  return READERS[map.spec.type]?.(map, cpus);
}
