import type { ProgramType } from '../object/program-spec.ts';

/**
 * What an argument is, in the words of `enum bpf_arg_type` (linux/bpf.h of the kernel itself), as far as a machine must
 * know it to check memory:
 *
 * - `scalar`: a number.
 * - `context`: the program's own context, unchanged.
 * - `map`: a map, from a 64-bit immediate load or from an outer map.
 * - `mapKey`, `mapValue`: readable, as many bytes as the map of this call says; `mapValueOut`: writable.
 * - `memory`: readable, as many bytes as the next argument says; `memoryOut`: writable; `memoryInOut`: both.
 *   `memoryOrNull`: readable, or NULL with a size of 0.
 * - `size`: bytes of the memory before, at least 1; `sizeOrZero`: 0 too.
 * - `u32InOut`, `u64Out`: memory of exactly 4 or 8 bytes; `ipv4Header`, `ipv6Header`, `tcpHeader`: readable, 20, 40
 *   and 20 bytes.
 * - `callback`: a function of the program; `callbackContext`: what it gets, any number or pointer to the stack.
 * - `reserveSize`: bytes of a new record, a constant; `record`: what `ringbuf_reserve` gave.
 * - `string`: NUL-terminated, in a read-only map.
 * - `spinLock`, `timer`: inside a map value. `socket`: what a socket lookup gave.
 * - `dynptr`: a `struct bpf_dynptr` on the stack; `dynptrOut`: one to be made there.
 */
export type ArgumentKind =
  | 'scalar'
  | 'context'
  | 'map'
  | 'mapKey'
  | 'mapValue'
  | 'mapValueOut'
  | 'memory'
  | 'memoryOut'
  | 'memoryInOut'
  | 'memoryOrNull'
  | 'size'
  | 'sizeOrZero'
  | 'u32InOut'
  | 'u64Out'
  | 'ipv4Header'
  | 'ipv6Header'
  | 'tcpHeader'
  | 'callback'
  | 'callbackContext'
  | 'reserveSize'
  | 'record'
  | 'string'
  | 'spinLock'
  | 'timer'
  | 'socket'
  | 'dynptr'
  | 'dynptrOut';

/** What r0 holds: `s64` numbers below 0 are error numbers; `address` may be NULL; after `void` r0 cannot be read. */
export type ResultKind = 's64' | 'u32' | 'u64' | 'address' | 'void';

export interface HelperSpec {
  /** The immediate of the call: `BPF_FUNC_*`. */
  readonly id: number;
  /** The kernel's name without `bpf_`. */
  readonly name: HelperName;
  /** What its `bpf_func_proto` declares, at most five. */
  readonly arguments: readonly ArgumentKind[];
  /** Numbers that it may be given besides, as many as the format among its arguments asks for; 0 where there is none. */
  readonly formatted: number;
  readonly result: ResultKind;
  /** Only for programs under a licence that is compatible with the GPL. */
  readonly gplOnly: boolean;
  /**
   * Packet pointers from before the call are invalid after it (`bpf_helper_changes_pkt_data`). A tail call counts: who
   * calls a function that makes one gets a packet back that another program may have moved.
   */
  readonly movesPacket: boolean;
  readonly programTypes: readonly ProgramType[];
  /** The kernel that introduced it. */
  readonly since: string;
}

interface Row {
  readonly id: number;
  readonly since: string;
  readonly arguments: readonly ArgumentKind[];
  readonly result: ResultKind;
  readonly formatted?: number;
  readonly gplOnly?: boolean;
  readonly movesPacket?: boolean;
  readonly programTypes?: readonly ProgramType[];
}

const GPL = { gplOnly: true } as const;
const XDP = { programTypes: ['xdp'] } as const;
const TC = { programTypes: ['sched_cls'] } as const;
const MOVES = { movesPacket: true } as const;

function row(
  id: number,
  since: string,
  parameters: readonly ArgumentKind[],
  result: ResultKind,
  ...traits: readonly Partial<Row>[]
): Row {
  return Object.assign({ id, since, arguments: parameters, result }, ...traits);
}

/** Argument kinds from the `bpf_func_proto` of each helper: kernel/bpf/helpers.c, ringbuf.c, net/core/filter.c. */
const ROWS = {
  map_lookup_elem: row(1, '3.19', ['map', 'mapKey'], 'address'),
  map_update_elem: row(2, '3.19', ['map', 'mapKey', 'mapValue', 'scalar'], 's64'),
  map_delete_elem: row(3, '3.19', ['map', 'mapKey'], 's64'),
  ktime_get_ns: row(5, '4.1', [], 'u64'),
  trace_printk: row(6, '4.1', ['memory', 'size'], 's64', GPL, { formatted: 3 }),
  get_prandom_u32: row(7, '4.1', [], 'u32'),
  get_smp_processor_id: row(8, '4.1', [], 'u32'),
  skb_store_bytes: row(9, '4.1', ['context', 'scalar', 'memory', 'size', 'scalar'], 's64', TC, MOVES),
  l3_csum_replace: row(10, '4.1', ['context', 'scalar', 'scalar', 'scalar', 'scalar'], 's64', TC, MOVES),
  l4_csum_replace: row(11, '4.1', ['context', 'scalar', 'scalar', 'scalar', 'scalar'], 's64', TC, MOVES),
  tail_call: row(12, '4.2', ['context', 'map', 'scalar'], 'void', MOVES),
  clone_redirect: row(13, '4.2', ['context', 'scalar', 'scalar'], 's64', TC, MOVES),
  get_cgroup_classid: row(17, '4.3', ['context'], 'u32', TC),
  skb_vlan_push: row(18, '4.3', ['context', 'scalar', 'scalar'], 's64', TC, MOVES),
  skb_vlan_pop: row(19, '4.3', ['context'], 's64', TC, MOVES),
  skb_get_tunnel_key: row(20, '4.3', ['context', 'memoryOut', 'size', 'scalar'], 's64', TC),
  skb_set_tunnel_key: row(21, '4.3', ['context', 'memory', 'size', 'scalar'], 's64', TC),
  redirect: row(23, '4.4', ['scalar', 'scalar'], 's64'),
  get_route_realm: row(24, '4.4', ['context'], 'u32', TC),
  perf_event_output: row(25, '4.4', ['context', 'map', 'scalar', 'memory', 'sizeOrZero'], 's64', GPL),
  skb_load_bytes: row(26, '4.5', ['context', 'scalar', 'memoryOut', 'size'], 's64', TC),
  csum_diff: row(28, '4.6', ['memoryOrNull', 'sizeOrZero', 'memoryOrNull', 'sizeOrZero', 'scalar'], 's64'),
  skb_get_tunnel_opt: row(29, '4.6', ['context', 'memoryOut', 'size'], 's64', TC),
  skb_set_tunnel_opt: row(30, '4.6', ['context', 'memory', 'size'], 's64', TC),
  skb_change_proto: row(31, '4.8', ['context', 'scalar', 'scalar'], 's64', TC, MOVES),
  skb_change_type: row(32, '4.8', ['context', 'scalar'], 's64', TC),
  skb_under_cgroup: row(33, '4.8', ['context', 'map', 'scalar'], 's64', TC),
  get_hash_recalc: row(34, '4.8', ['context'], 'u32', TC),
  skb_change_tail: row(38, '4.9', ['context', 'scalar', 'scalar'], 's64', TC, MOVES),
  skb_pull_data: row(39, '4.9', ['context', 'scalar'], 's64', TC, MOVES),
  csum_update: row(40, '4.9', ['context', 'scalar'], 's64', TC),
  set_hash_invalid: row(41, '4.9', ['context'], 'void', TC),
  get_numa_node_id: row(42, '4.10', [], 's64'),
  skb_change_head: row(43, '4.10', ['context', 'scalar', 'scalar'], 's64', TC, MOVES),
  xdp_adjust_head: row(44, '4.10', ['context', 'scalar'], 's64', XDP, MOVES),
  get_socket_cookie: row(46, '4.12', ['context'], 'u64', TC),
  get_socket_uid: row(47, '4.12', ['context'], 'u32', TC),
  set_hash: row(48, '4.13', ['context', 'scalar'], 's64', TC),
  skb_adjust_room: row(50, '4.13', ['context', 'scalar', 'scalar', 'scalar'], 's64', TC, MOVES),
  redirect_map: row(51, '4.14', ['map', 'scalar', 'scalar'], 's64', XDP),
  xdp_adjust_meta: row(54, '4.15', ['context', 'scalar'], 's64', XDP, MOVES),
  xdp_adjust_tail: row(65, '4.18', ['context', 'scalar'], 's64', XDP, MOVES),
  skb_load_bytes_relative: row(68, '4.18', ['context', 'scalar', 'memoryOut', 'size', 'scalar'], 's64', TC),
  fib_lookup: row(69, '4.18', ['context', 'memoryInOut', 'size', 'scalar'], 's64', GPL),
  skb_cgroup_id: row(79, '4.18', ['context'], 'u64', TC),
  sk_lookup_tcp: row(84, '4.20', ['context', 'memory', 'size', 'scalar', 'scalar'], 'address'),
  sk_lookup_udp: row(85, '4.20', ['context', 'memory', 'size', 'scalar', 'scalar'], 'address'),
  sk_release: row(86, '4.20', ['socket'], 's64'),
  map_push_elem: row(87, '4.20', ['map', 'mapValue', 'scalar'], 's64'),
  map_pop_elem: row(88, '4.20', ['map', 'mapValueOut'], 's64'),
  map_peek_elem: row(89, '4.20', ['map', 'mapValueOut'], 's64'),
  spin_lock: row(93, '5.1', ['spinLock'], 'void'),
  spin_unlock: row(94, '5.1', ['spinLock'], 'void'),
  sk_fullsock: row(95, '5.1', ['socket'], 'address', TC),
  tcp_sock: row(96, '5.1', ['socket'], 'address', TC),
  skb_ecn_set_ce: row(97, '5.1', ['context'], 's64', TC),
  get_listener_sock: row(98, '5.1', ['socket'], 'address', TC),
  skc_lookup_tcp: row(99, '5.2', ['context', 'memory', 'size', 'scalar', 'scalar'], 'address'),
  tcp_check_syncookie: row(100, '5.2', ['socket', 'memory', 'size', 'memory', 'size'], 's64', GPL),
  strtol: row(105, '5.2', ['memory', 'size', 'scalar', 'u64Out'], 's64'),
  strtoul: row(106, '5.2', ['memory', 'size', 'scalar', 'u64Out'], 's64'),
  tcp_gen_syncookie: row(110, '5.3', ['socket', 'memory', 'size', 'memory', 'size'], 's64', GPL),
  jiffies64: row(118, '5.6', [], 'u64'),
  get_netns_cookie: row(122, '6.15', ['context'], 'u64', TC),
  sk_assign: row(124, '5.7', ['context', 'socket', 'scalar'], 's64', TC),
  ktime_get_boot_ns: row(125, '5.8', [], 'u64'),
  ringbuf_output: row(130, '5.8', ['map', 'memory', 'sizeOrZero', 'scalar'], 's64'),
  ringbuf_reserve: row(131, '5.8', ['map', 'reserveSize', 'scalar'], 'address'),
  ringbuf_submit: row(132, '5.8', ['record', 'scalar'], 'void'),
  ringbuf_discard: row(133, '5.8', ['record', 'scalar'], 'void'),
  ringbuf_query: row(134, '5.8', ['map', 'scalar'], 'u64'),
  csum_level: row(135, '5.8', ['context', 'scalar'], 's64', TC),
  skb_cgroup_classid: row(151, '5.10', ['context'], 'u64', TC),
  redirect_neigh: row(152, '5.10', ['scalar', 'memoryOrNull', 'sizeOrZero', 'scalar'], 's64', TC),
  redirect_peer: row(155, '5.10', ['scalar', 'scalar'], 's64', TC),
  ktime_get_coarse_ns: row(160, '5.11', [], 'u64'),
  check_mtu: row(163, '5.12', ['context', 'scalar', 'u32InOut', 'scalar', 'scalar'], 's64', GPL),
  for_each_map_elem: row(164, '5.13', ['map', 'callback', 'callbackContext', 'scalar'], 's64'),
  snprintf: row(165, '5.13', ['memoryOut', 'sizeOrZero', 'string', 'memoryOrNull', 'sizeOrZero'], 's64', GPL),
  timer_init: row(169, '5.15', ['timer', 'map', 'scalar'], 's64', GPL),
  timer_set_callback: row(170, '5.15', ['timer', 'callback'], 's64', GPL),
  timer_start: row(171, '5.15', ['timer', 'scalar', 'scalar'], 's64', GPL),
  timer_cancel: row(172, '5.15', ['timer'], 's64', GPL),
  trace_vprintk: row(177, '5.16', ['memory', 'size', 'memoryOrNull', 'sizeOrZero'], 's64', GPL),
  loop: row(181, '5.17', ['scalar', 'callback', 'callbackContext', 'scalar'], 's64'),
  strncmp: row(182, '5.17', ['memory', 'size', 'string'], 's64'),
  xdp_get_buff_len: row(188, '5.18', ['context'], 'u64', XDP),
  xdp_load_bytes: row(189, '5.18', ['context', 'scalar', 'memoryOut', 'size'], 's64', XDP),
  xdp_store_bytes: row(190, '5.18', ['context', 'scalar', 'memory', 'size'], 's64', XDP),
  skb_set_tstamp: row(192, '5.18', ['context', 'scalar', 'scalar'], 's64', TC),
  map_lookup_percpu_elem: row(195, '5.19', ['map', 'mapKey', 'scalar'], 'address'),
  dynptr_from_mem: row(197, '5.19', ['memoryInOut', 'sizeOrZero', 'scalar', 'dynptrOut'], 's64'),
  ringbuf_reserve_dynptr: row(198, '5.19', ['map', 'scalar', 'scalar', 'dynptrOut'], 's64'),
  ringbuf_submit_dynptr: row(199, '5.19', ['dynptr', 'scalar'], 'void'),
  ringbuf_discard_dynptr: row(200, '5.19', ['dynptr', 'scalar'], 'void'),
  dynptr_read: row(201, '5.19', ['memoryOut', 'sizeOrZero', 'dynptr', 'scalar', 'scalar'], 's64'),
  dynptr_write: row(202, '5.19', ['dynptr', 'scalar', 'memory', 'sizeOrZero', 'scalar'], 's64'),
  dynptr_data: row(203, '5.19', ['dynptr', 'scalar', 'reserveSize'], 'address'),
  tcp_raw_gen_syncookie_ipv4: row(204, '6.0', ['ipv4Header', 'memory', 'sizeOrZero'], 's64', GPL),
  tcp_raw_gen_syncookie_ipv6: row(205, '6.0', ['ipv6Header', 'memory', 'sizeOrZero'], 's64', GPL),
  tcp_raw_check_syncookie_ipv4: row(206, '6.0', ['ipv4Header', 'tcpHeader'], 's64', GPL),
  tcp_raw_check_syncookie_ipv6: row(207, '6.0', ['ipv6Header', 'tcpHeader'], 's64', GPL),
  ktime_get_tai_ns: row(208, '6.1', [], 'u64'),
} satisfies Readonly<Record<string, Row>>;

export type HelperName = keyof typeof ROWS;

const BOTH: readonly ProgramType[] = ['xdp', 'sched_cls'];

/** The kernel's helpers for XDP and TC, by name. */
export const HELPERS = Object.fromEntries(
  Object.entries<Row>(ROWS).map(([name, specific]) => [
    name,
    { name, formatted: 0, gplOnly: false, movesPacket: false, programTypes: BOTH, ...specific },
  ]),
) as Readonly<Record<HelperName, HelperSpec>>;

const BY_ID: ReadonlyMap<number, HelperSpec> = new Map(Object.values(HELPERS).map((helper) => [helper.id, helper]));

/** The helper that `call <id>` calls, if this table has it. */
export function helperById(id: number): HelperSpec | undefined {
  return BY_ID.get(id);
}

const GPL_LICENSES: ReadonlySet<string> = new Set([
  'GPL',
  'GPL v2',
  'GPL and additional rights',
  'Dual BSD/GPL',
  'Dual MIT/GPL',
  'Dual MPL/GPL',
]);

/** Whether the kernel counts a licence as compatible with the GPL (`license_is_gpl_compatible` in linux/license.h). */
export function isGplCompatible(license: string): boolean {
  return GPL_LICENSES.has(license);
}
