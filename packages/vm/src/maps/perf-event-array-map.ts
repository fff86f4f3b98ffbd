import { ERRNO, entriesOf, HELPER_FLAGS, type MapSpec } from '@hookline/bpf';
import { nextIndex } from './array-map.ts';
import type { MapWorld } from './map-world.ts';
import { VmMap } from './vm-map.ts';

/** Bytes of records that a CPU's ring holds: 64 pages. */
const RING_SIZE = 64 * 4096;
/** struct perf_event_header. */
const HEADER = 8;
/** The length word before the bytes of a record. */
const LENGTH_WORD = 4;

/**
 * BPF_MAP_TYPE_PERF_EVENT_ARRAY: a ring of records for each CPU, from which the control plane reads. It reads from the
 * start, as if it had opened the event of every CPU; what does not fit is counted as lost. As from the kernel, a record
 * comes with zeros behind it, so that with its length word it is a multiple of 8 bytes (perf_prepare_sample in
 * kernel/events/core.c).
 */
export class PerfEventArrayMap extends VmMap {
  readonly #rings: { records: Uint8Array[]; used: number }[];
  #lost = 0;

  constructor(spec: MapSpec, world: MapWorld) {
    super(spec, world, 0);
    const entries = Math.min(entriesOf(spec, world.cpus), world.cpus);
    this.#rings = Array.from({ length: entries }, () => ({ records: [], used: 0 }));
  }

  /**
   * bpf_perf_event_output: 0 or a negative errno.
   *
   * @param index of the ring, or BPF_F_CURRENT_CPU
   * @param packet address of what of the packet is to follow the data, `packetSize` bytes
   */
  output(index: number, cpu: number, data: number, size: number, packet: number, packetSize: number): number {
    const entry = index === HELPER_FLAGS.CURRENT_CPU ? cpu : index;
    if (entry >= entriesOf(this.spec, this.world.cpus)) return -ERRNO.E2BIG;
    const ring = this.#rings[entry];
    if (ring === undefined) return -ERRNO.ENOENT;
    if (entry !== cpu) return -ERRNO.EOPNOTSUPP;
    const padded = Math.ceil((size + packetSize + LENGTH_WORD) / 8) * 8;
    const length = HEADER + padded;
    if (ring.used + length > RING_SIZE) {
      this.#lost++;
      return -ERRNO.ENOSPC;
    }
    const record = new Uint8Array(padded - LENGTH_WORD);
    const { bytes } = this.world.memory;
    record.set(bytes.subarray(data, data + size));
    record.set(bytes.subarray(packet, packet + packetSize), size);
    ring.records.push(record);
    ring.used += length;
    return 0;
  }

  override nextKey(key: Uint8Array | undefined): Uint8Array | undefined {
    return nextIndex(key, entriesOf(this.spec, this.world.cpus));
  }

  override drain(): Uint8Array[] {
    const records = this.#rings.flatMap((ring) => ring.records);
    for (const ring of this.#rings) {
      ring.records = [];
      ring.used = 0;
    }
    return records;
  }

  override get lost(): number {
    return this.#lost;
  }
}
