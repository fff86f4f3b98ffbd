import { BpfError, ERRNO, errnoName } from '@hookline/bpf';
import { struct, u32, u64 } from '@hookline/layout';
import { attributes } from '../syscall/attributes.ts';
import { FileDescriptor } from '../syscall/file-descriptor.ts';
import { native } from '../syscall/native.ts';
import { MappedMemory } from './mapped-memory.ts';
import type { RecordReader } from './record-reader.ts';

/** The beginning of `struct perf_event_attr` (linux/perf_event.h): PERF_ATTR_SIZE_VER0, which every kernel takes. */
const PERF_EVENT_ATTR = struct('perf_event_attr', {
  type: u32,
  size: u32,
  config: u64,
  samplePeriod: u64,
  sampleType: u64,
  readFormat: u64,
  flags: u64,
  wakeupEvents: u32,
  bpType: u32,
  bpAddress: u64,
});
const PERF_TYPE_SOFTWARE = 1;
const PERF_COUNT_SW_BPF_OUTPUT = 10n;
const PERF_SAMPLE_RAW = 1n << 10n;
const PERF_FLAG_FD_CLOEXEC = 8;
const PERF_EVENT_IOC_ENABLE = 0x2400;
const EVERY_PROCESS = -1;
const NO_GROUP = -1;

/** Fields of `struct perf_event_mmap_page`, in units of eight bytes. */
const DATA_HEAD = 1024 / 8;
const DATA_TAIL = 1032 / 8;
/** Pages of records for each CPU: a power of two. */
const DATA_PAGES = 64;

/** `enum perf_event_type`. */
const PERF_RECORD_LOST = 2;
const PERF_RECORD_SAMPLE = 9;
/** struct perf_event_header: type u32, misc u16, size u16. */
const HEADER_SIZE = 8;

/** Makes the event of a CPU that programs write to, undefined where the CPU is offline. */
function openEvent(cpu: number): FileDescriptor | undefined {
  const kernel = native();
  const attr = attributes(PERF_EVENT_ATTR, {
    type: PERF_TYPE_SOFTWARE,
    size: PERF_EVENT_ATTR.size,
    config: PERF_COUNT_SW_BPF_OUTPUT,
    samplePeriod: 1n,
    sampleType: PERF_SAMPLE_RAW,
    wakeupEvents: 1,
  });
  const { perfEventOpen } = kernel.numbers;
  const fd = kernel.perfEventOpen(perfEventOpen, attr, EVERY_PROCESS, cpu, NO_GROUP, PERF_FLAG_FD_CLOEXEC);
  if (fd >= 0) return new FileDescriptor(fd, `the perf event of CPU ${cpu}`);
  const errno = kernel.errno();
  if (errno === ERRNO.ENODEV) return undefined;
  const code = errnoName(errno);
  throw new BpfError(
    code,
    `The records of CPU ${cpu} cannot be read (${code}): grant CAP_PERFMON, or lower kernel.perf_event_paranoid.`,
  );
}

/** The records of one CPU. */
class CpuRing implements Disposable {
  readonly fd: FileDescriptor;
  readonly #memory: MappedMemory;
  readonly #pageSize = native().pageSize();
  lost = 0;

  constructor(fd: FileDescriptor) {
    this.fd = fd;
    const length = this.#pageSize * (1 + DATA_PAGES);
    this.#memory = new MappedMemory(fd.number, { offset: 0, length, access: 'readWrite' });
    native().ioctl(fd.number, PERF_EVENT_IOC_ENABLE, 0);
  }

  drainInto(records: Uint8Array[]): void {
    const positions = new BigUint64Array(this.#memory.buffer, 0, this.#pageSize / 8);
    const data = new Uint8Array(this.#memory.buffer, this.#pageSize);
    const head = Number(Atomics.load(positions, DATA_HEAD));
    let tail = Number(Atomics.load(positions, DATA_TAIL));
    while (tail < head) {
      const header = take(data, tail, HEADER_SIZE);
      const record = take(data, tail, header.getUint16(6, true));
      const type = header.getUint32(0, true);
      if (type === PERF_RECORD_SAMPLE) {
        // The kernel pads the bytes of the program so that the record ends at a multiple of eight.
        records.push(new Uint8Array(record.buffer, HEADER_SIZE + 4, record.getUint32(HEADER_SIZE, true)));
      } else if (type === PERF_RECORD_LOST) {
        this.lost += Number(record.getBigUint64(HEADER_SIZE + 8, true));
      }
      tail += record.byteLength;
    }
    Atomics.store(positions, DATA_TAIL, BigInt(tail));
  }

  [Symbol.dispose](): void {
    this.#memory[Symbol.dispose]();
    this.fd[Symbol.dispose]();
  }
}

/** A copy of some bytes of a ring, which may go on at its beginning. */
function take(ring: Uint8Array, position: number, length: number): DataView {
  const start = position % ring.length;
  const bytes = new Uint8Array(length);
  const first = ring.subarray(start, start + length);
  bytes.set(first);
  bytes.set(ring.subarray(0, length - first.length), first.length);
  return new DataView(bytes.buffer);
}

/** The consumer's side of a perf event array: one ring for each CPU, drained in the order of the CPUs. */
export class PerfBufferReader implements RecordReader {
  readonly #rings: CpuRing[] = [];

  /** @param connect puts the event of a CPU into the map */
  constructor(cpus: number, connect: (cpu: number, fd: number) => void) {
    try {
      for (let cpu = 0; cpu < cpus; cpu++) this.#open(cpu, connect);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  get lost(): number {
    return this.#rings.reduce((sum, ring) => sum + ring.lost, 0);
  }

  drain(): Uint8Array[] {
    const records: Uint8Array[] = [];
    for (const ring of this.#rings) ring.drainInto(records);
    return records;
  }

  [Symbol.dispose](): void {
    for (const ring of this.#rings) ring[Symbol.dispose]();
    this.#rings.length = 0;
  }

  #open(cpu: number, connect: (cpu: number, fd: number) => void): void {
    const event = openEvent(cpu);
    if (event === undefined) return;
    try {
      this.#rings.push(new CpuRing(event));
    } catch (error) {
      event[Symbol.dispose]();
      throw error;
    }
    connect(cpu, event.number);
  }
}
