import type { MapSpec, MapType, Sharing } from '../object/map-spec.ts';
import { MAP_FLAGS } from './flags.ts';
import type { HelperName } from './helpers.ts';

/** Sizes in bytes that the kernel takes, both ends included. */
export interface SizeRule {
  readonly least: number;
  readonly most: number;
  /** Only multiples of it. */
  readonly multiple?: number;
}

export interface MapTypeSpec {
  readonly name: MapType;
  /** `enum bpf_map_type`. */
  readonly number: number;
  /** Whether a value exists once for each CPU. */
  readonly sharing: Sharing;
  readonly key: SizeRule;
  readonly value: SizeRule;
  /**
   * What a value is: `data` of the program's; `record`: the map has no values, the layout is that of what is written to
   * it; `program`, `map`, `device`, `cpu`, `socket`: a reference, 4 bytes for user space.
   */
  readonly holds: 'data' | 'record' | 'program' | 'map' | 'device' | 'cpu' | 'socket';
  /** Keys are indices below `maxEntries`, which all exist from the start or are empty slots. */
  readonly indexed: boolean;
  /** Flags of creation that it takes, and those that it must have. */
  readonly flags: number;
  readonly requiredFlags: number;
  /** Helpers that take it: kernel/bpf/verifier.c `check_map_func_compatibility` and the map's operations. */
  readonly helpers: readonly HelperName[];
  /** The kernel that introduced it. */
  readonly since: string;
}

const { NO_PREALLOC, NO_COMMON_LRU, NUMA_NODE, RDONLY, WRONLY, ZERO_SEED, RDONLY_PROG, WRONLY_PROG } = MAP_FLAGS;
const { MMAPABLE, PRESERVE_ELEMS, INNER_MAP } = MAP_FLAGS;
const USER_ACCESS = RDONLY | WRONLY;
const ACCESS = USER_ACCESS | RDONLY_PROG | WRONLY_PROG;
const HASH_FLAGS = NO_PREALLOC | NUMA_NODE | ACCESS | ZERO_SEED;

const NONE: SizeRule = { least: 0, most: 0 };
const INDEX: SizeRule = { least: 4, most: 4 };
const LARGEST = 0x7fff_ffff;
/** KMALLOC_MAX_SIZE on 4 KiB pages: what one element may take, key and value and bookkeeping together. */
const ELEMENT: SizeRule = { least: 1, most: 1 << 22 };
/** PCPU_MIN_UNIT_SIZE, 32 KiB. */
const PER_CPU: SizeRule = { least: 1, most: 1 << 15 };
/** A u32 and the bytes of the prefix, at most 256 (kernel/bpf/lpm_trie.c). */
const PREFIX: SizeRule = { least: 5, most: 4 + 256 };
/** An interface index or a CPU's queue length, and a program for it. */
const TARGET: SizeRule = { least: 4, most: 8, multiple: 4 };

const KEYED: readonly HelperName[] = ['map_lookup_elem', 'map_update_elem', 'map_delete_elem'];
const ITERATED: readonly HelperName[] = [...KEYED, 'for_each_map_elem'];
const PER_CPU_HELPERS: readonly HelperName[] = [...ITERATED, 'map_lookup_percpu_elem'];
const LIST: readonly HelperName[] = ['map_push_elem', 'map_pop_elem', 'map_peek_elem'];
const RING: readonly HelperName[] = [
  'ringbuf_output',
  'ringbuf_reserve',
  'ringbuf_submit',
  'ringbuf_discard',
  'ringbuf_query',
  'ringbuf_reserve_dynptr',
  'ringbuf_submit_dynptr',
  'ringbuf_discard_dynptr',
];

type Row = Omit<MapTypeSpec, 'name'>;

const DATA = { sharing: 'shared', holds: 'data', indexed: false, requiredFlags: 0 } as const;
const HASHED = { ...DATA, key: ELEMENT, value: ELEMENT, flags: HASH_FLAGS, helpers: ITERATED } as const;
const OWN_HASHED = {
  ...HASHED,
  sharing: 'own',
  value: PER_CPU,
  flags: HASH_FLAGS & ~NUMA_NODE,
  helpers: PER_CPU_HELPERS,
} as const;
const SLOTS = { ...DATA, key: INDEX, value: INDEX, indexed: true } as const;

const ROWS: Readonly<Record<MapType, Row>> = {
  hash: { ...HASHED, number: 1, since: '3.19' },
  array: {
    ...SLOTS,
    number: 2,
    value: { least: 1, most: LARGEST },
    flags: NUMA_NODE | MMAPABLE | ACCESS | INNER_MAP,
    helpers: ITERATED,
    since: '3.19',
  },
  prog_array: {
    ...SLOTS,
    number: 3,
    holds: 'program',
    flags: NUMA_NODE | USER_ACCESS,
    helpers: ['tail_call'],
    since: '4.2',
  },
  perf_event_array: {
    ...SLOTS,
    number: 4,
    holds: 'record',
    flags: NUMA_NODE | USER_ACCESS | PRESERVE_ELEMS,
    helpers: ['perf_event_output'],
    since: '4.3',
  },
  percpu_hash: { ...OWN_HASHED, number: 5, since: '4.6' },
  percpu_array: {
    ...SLOTS,
    number: 6,
    sharing: 'own',
    value: PER_CPU,
    flags: ACCESS,
    helpers: PER_CPU_HELPERS,
    since: '4.6',
  },
  lru_hash: { ...HASHED, number: 9, flags: (HASH_FLAGS & ~NO_PREALLOC) | NO_COMMON_LRU, since: '4.10' },
  lru_percpu_hash: {
    ...OWN_HASHED,
    number: 10,
    flags: (HASH_FLAGS & ~NO_PREALLOC & ~NUMA_NODE) | NO_COMMON_LRU,
    since: '4.10',
  },
  lpm_trie: {
    ...DATA,
    number: 11,
    key: PREFIX,
    value: ELEMENT,
    flags: NO_PREALLOC | NUMA_NODE | ACCESS,
    requiredFlags: NO_PREALLOC,
    helpers: KEYED,
    since: '4.11',
  },
  array_of_maps: {
    ...SLOTS,
    number: 12,
    holds: 'map',
    flags: NUMA_NODE | USER_ACCESS,
    helpers: ['map_lookup_elem'],
    since: '4.12',
  },
  hash_of_maps: {
    ...DATA,
    number: 13,
    key: ELEMENT,
    value: INDEX,
    holds: 'map',
    flags: HASH_FLAGS,
    helpers: ['map_lookup_elem'],
    since: '4.12',
  },
  devmap: {
    ...SLOTS,
    number: 14,
    value: TARGET,
    holds: 'device',
    flags: NUMA_NODE | USER_ACCESS,
    helpers: ['redirect_map', 'map_lookup_elem'],
    since: '4.14',
  },
  cpumap: {
    ...SLOTS,
    number: 16,
    value: TARGET,
    holds: 'cpu',
    flags: NUMA_NODE,
    helpers: ['redirect_map'],
    since: '4.15',
  },
  xskmap: {
    ...SLOTS,
    number: 17,
    holds: 'socket',
    flags: NUMA_NODE | USER_ACCESS,
    helpers: ['redirect_map', 'map_lookup_elem'],
    since: '4.18',
  },
  queue: { ...DATA, number: 22, key: NONE, value: ELEMENT, flags: NUMA_NODE | ACCESS, helpers: LIST, since: '4.20' },
  stack: { ...DATA, number: 23, key: NONE, value: ELEMENT, flags: NUMA_NODE | ACCESS, helpers: LIST, since: '4.20' },
  devmap_hash: {
    ...DATA,
    number: 25,
    key: INDEX,
    value: TARGET,
    holds: 'device',
    flags: NUMA_NODE | USER_ACCESS,
    helpers: ['redirect_map', 'map_lookup_elem'],
    since: '5.4',
  },
  ringbuf: {
    ...DATA,
    number: 27,
    key: NONE,
    value: { least: 0, most: LARGEST },
    holds: 'record',
    flags: NUMA_NODE,
    helpers: RING,
    since: '5.8',
  },
};

/** Map types by the name that bpftool prints; sizes and flags as each type's `map_alloc_check` takes them. */
export const MAP_TYPES = Object.fromEntries(
  Object.entries(ROWS).map(([name, row]) => [name, { name, ...row }]),
) as Readonly<Record<MapType, MapTypeSpec>>;

/** The map types of which every CPU has its own values. */
export function isPerCpu(spec: MapSpec): boolean {
  return MAP_TYPES[spec.type].sharing === 'own';
}

/** A value takes up a multiple of this many bytes, where maps lay values one after the other. */
export const VALUE_ALIGNMENT = 8;

/** Bytes from one value to the next: in arrays, and between the CPUs of a per-CPU map. */
export function valueStride(spec: MapSpec): number {
  return Math.ceil(spec.value.size / VALUE_ALIGNMENT) * VALUE_ALIGNMENT;
}

/**
 * The sizes under which bpf(2) creates the map. They differ from the layouts where those describe records: a ring
 * buffer has neither key nor value there, a perf event array indices and file descriptors.
 */
export function kernelSizes(spec: MapSpec): { readonly key: number; readonly value: number } {
  if (spec.type === 'ringbuf') return { key: 0, value: 0 };
  if (spec.type === 'perf_event_array') return { key: 4, value: 4 };
  return { key: spec.key.size, value: spec.value.size };
}

/** Entries of the map that a world with so many possible CPUs creates. */
export function entriesOf(spec: MapSpec, cpus: number): number {
  return spec.type === 'perf_event_array' && spec.maxEntries === 0 ? cpus : spec.maxEntries;
}
