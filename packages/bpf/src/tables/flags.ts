/** Flags of map creation: `BPF_F_*` in linux/bpf.h, without the prefix. */
export const MAP_FLAGS = {
  NO_PREALLOC: 1 << 0,
  NO_COMMON_LRU: 1 << 1,
  NUMA_NODE: 1 << 2,
  RDONLY: 1 << 3,
  WRONLY: 1 << 4,
  STACK_BUILD_ID: 1 << 5,
  ZERO_SEED: 1 << 6,
  RDONLY_PROG: 1 << 7,
  WRONLY_PROG: 1 << 8,
  CLONE: 1 << 9,
  MMAPABLE: 1 << 10,
  PRESERVE_ELEMS: 1 << 11,
  INNER_MAP: 1 << 12,
} as const;

/** Flags of `map_update_elem` and `map_push_elem`. */
export const UPDATE_FLAGS = {
  /** BPF_ANY: creates or replaces. */
  any: 0,
  /** BPF_NOEXIST: EEXIST where the key exists. */
  create: 1,
  /** BPF_EXIST: ENOENT where it does not; for queues: the oldest makes room. */
  replace: 2,
  /** BPF_F_LOCK. */
  lock: 4,
} as const;

/** Flags of helpers: the low 32 bits; all of these fit. */
export const HELPER_FLAGS = {
  /** perf_event_output and friends: the ring of the CPU that runs the program. */
  CURRENT_CPU: 0xffff_ffff,
  INDEX_MASK: 0xffff_ffff,
  /** redirect: into the ingress path of the device. */
  INGRESS: 1 << 0,
  /** redirect_map: to every device of the map. */
  BROADCAST: 1 << 3,
  EXCLUDE_INGRESS: 1 << 4,
  /** skb_store_bytes. */
  RECOMPUTE_CSUM: 1 << 0,
  INVALIDATE_HASH: 1 << 1,
  /** l3_csum_replace and l4_csum_replace: size of the field that changed. */
  HDR_FIELD_MASK: 0xf,
  PSEUDO_HDR: 1 << 4,
  MARK_MANGLED_0: 1 << 5,
  MARK_ENFORCE: 1 << 6,
  IPV6: 1 << 7,
  /** ringbuf_output, ringbuf_submit and ringbuf_discard. */
  RB_NO_WAKEUP: 1 << 0,
  RB_FORCE_WAKEUP: 1 << 1,
} as const;

/** What `ringbuf_query` is asked: BPF_RB_* in linux/bpf.h. */
export const RINGBUF_QUERY = { AVAIL_DATA: 0, RING_SIZE: 1, CONS_POS: 2, PROD_POS: 3 } as const;
/** The header before each record (BPF_RINGBUF_HDR_SZ), and the bits of its length word. */
export const RINGBUF = { HEADER_SIZE: 8, BUSY: 0x8000_0000, DISCARD: 0x4000_0000 } as const;
