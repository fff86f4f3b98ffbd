import type { Layout } from '@hookline/layout';

/** Map types under the names that bpftool prints (`enum bpf_map_type` in linux/bpf.h, lower case). */
export type MapType =
  | 'hash'
  | 'array'
  | 'prog_array'
  | 'perf_event_array'
  | 'percpu_hash'
  | 'percpu_array'
  | 'lru_hash'
  | 'lru_percpu_hash'
  | 'lpm_trie'
  | 'array_of_maps'
  | 'hash_of_maps'
  | 'devmap'
  | 'devmap_hash'
  | 'cpumap'
  | 'xskmap'
  | 'queue'
  | 'stack'
  | 'ringbuf';

/** `own`: one value per CPU, that no other CPU writes. `shared`: one value, written from everywhere. */
export type Sharing = 'own' | 'shared';

/** A map before it exists: inert, plain data. One definition serves the program, the simulator and the kernel. */
export interface MapSpec<
  K extends Layout = Layout,
  V extends Layout = Layout,
  S extends Sharing = Sharing,
  T extends MapType = MapType,
> {
  readonly kind: 'map';
  /** `[A-Za-z0-9_.]`, 1 to 15 characters, unique in its object; what the kernel and bpftool show. */
  readonly name: string;
  readonly type: T;
  /** Of a map without keys (queue, stack, ringbuf): `bytes(0)`. */
  readonly key: K;
  /** Of a ring buffer or a perf event array: the layout of one record. */
  readonly value: V;
  readonly sharing: S;
  /**
   * Entries; of a ring buffer its size in bytes, a power of two and a multiple of 4096; of a perf event array 0 stands
   * for the number of possible CPUs (`entriesOf`).
   */
  readonly maxEntries: number;
  /** BPF_F_* flags of map creation (linux/bpf.h), or 0. */
  readonly flags: number;
  /** What the map holds from the start: encoded keys and values, of a per-CPU map the value of every CPU. */
  readonly contents?: readonly (readonly [key: Uint8Array, value: Uint8Array])[];
  /** User space cannot write it after load (BPF_MAP_FREEZE). */
  readonly frozen?: boolean;
  /** Template of the maps that an outer map holds. */
  readonly inner?: MapSpec;
}
