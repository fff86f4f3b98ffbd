import type { MapSpec, MapType } from '@hookline/bpf';
import type { FileDescriptor } from '../syscall/file-descriptor.ts';
import type { RecordReader } from './record-reader.ts';
import { RingBufferReader } from './ring-buffer.ts';

type OpenReader = (spec: MapSpec, fd: FileDescriptor, cpus: number) => RecordReader;

/** How the records of a map are read, by its type. */
const READERS: Partial<Readonly<Record<MapType, OpenReader>>> = {
  ringbuf: (spec, fd) => new RingBufferReader(fd.number, spec.maxEntries),
};

/** @returns undefined for a map that has no records */
export function readerFor(spec: MapSpec, fd: FileDescriptor, cpus: number): (() => RecordReader) | undefined {
  const open = READERS[spec.type];
  return open && (() => open(spec, fd, cpus));
}
