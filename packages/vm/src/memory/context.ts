import { PROGRAM_TYPES, type ProgramType } from '@hookline/bpf';
import type { Engine } from '../engine/engine.ts';
import type { SkBuff } from '../sk-buff.ts';
import type { XdpFrame } from '../xdp-frame.ts';

function offsetsOf(type: ProgramType): Readonly<Record<string, number>> {
  return Object.fromEntries(PROGRAM_TYPES[type].context.map(({ name, offset }) => [name, offset >>> 2]));
}

function offset(type: ProgramType, name: string): number {
  const word = offsetsOf(type)[name];
  if (word === undefined) throw new Error(`The context of ${type} has no field ${name}: correct the name.`);
  return word;
}

/** Word offsets of the fields, from the one table of the kernel's structs. */
const XDP_DATA = offset('xdp', 'data');
const XDP_DATA_END = offset('xdp', 'data_end');
const XDP_DATA_META = offset('xdp', 'data_meta');
const XDP_INGRESS = offset('xdp', 'ingress_ifindex');
const XDP_QUEUE = offset('xdp', 'rx_queue_index');
const XDP_EGRESS = offset('xdp', 'egress_ifindex');

/** Shows a frame to the program: `struct xdp_md` in the linear memory, and the bounds of the packet. */
export function fillXdpContext(engine: Engine, frame: XdpFrame): void {
  const { words } = engine.memory;
  const base = engine.context >>> 2;
  words[base + XDP_INGRESS] = frame.ingressIfindex;
  words[base + XDP_QUEUE] = frame.rxQueueIndex;
  words[base + XDP_EGRESS] = frame.egressIfindex;
  refreshXdpContext(engine, frame);
}

/** The same after the packet's ends have moved. */
export function refreshXdpContext(engine: Engine, frame: XdpFrame): void {
  const { words } = engine.memory;
  const { data, dataEnd, dataMeta } = frame;
  const base = engine.context >>> 2;
  words[base + XDP_DATA] = data;
  words[base + XDP_DATA_END] = dataEnd;
  words[base + XDP_DATA_META] = dataMeta;
  engine.setPacket(dataMeta, dataEnd);
}

const SKB_SIZE = PROGRAM_TYPES.sched_cls.contextSize;
const SKB_WORDS = SKB_SIZE / 4;
const LEN = offset('sched_cls', 'len');
const PKT_TYPE = offset('sched_cls', 'pkt_type');
const MARK = offset('sched_cls', 'mark');
const QUEUE_MAPPING = offset('sched_cls', 'queue_mapping');
const PROTOCOL = offset('sched_cls', 'protocol');
const VLAN_PRESENT = offset('sched_cls', 'vlan_present');
const VLAN_TCI = offset('sched_cls', 'vlan_tci');
const VLAN_PROTO = offset('sched_cls', 'vlan_proto');
const PRIORITY = offset('sched_cls', 'priority');
const INGRESS_IFINDEX = offset('sched_cls', 'ingress_ifindex');
const IFINDEX = offset('sched_cls', 'ifindex');
const TC_INDEX = offset('sched_cls', 'tc_index');
const CB = offset('sched_cls', 'cb');
const HASH = offset('sched_cls', 'hash');
const TC_CLASSID = offset('sched_cls', 'tc_classid');
const DATA = offset('sched_cls', 'data');
const DATA_END = offset('sched_cls', 'data_end');
const NAPI_ID = offset('sched_cls', 'napi_id');
const DATA_META = offset('sched_cls', 'data_meta');
const TSTAMP = offset('sched_cls', 'tstamp');
const WIRE_LEN = offset('sched_cls', 'wire_len');
const GSO_SEGS = offset('sched_cls', 'gso_segs');
const GSO_SIZE = offset('sched_cls', 'gso_size');
const TSTAMP_TYPE = offset('sched_cls', 'tstamp_type');
const HWTSTAMP = offset('sched_cls', 'hwtstamp');

/** Shows a packet to the program: `struct __sk_buff` in the linear memory, and the bounds of the packet. */
export function fillSkBuffContext(engine: Engine, skb: SkBuff): void {
  const { words } = engine.memory;
  const base = engine.context >>> 2;
  for (let i = 0; i < SKB_WORDS; i++) words[base + i] = 0;
  words[base + PKT_TYPE] = skb.pktType;
  words[base + MARK] = skb.mark;
  words[base + QUEUE_MAPPING] = skb.queueMapping;
  words[base + PRIORITY] = skb.priority;
  words[base + INGRESS_IFINDEX] = skb.ingressIfindex;
  words[base + IFINDEX] = skb.ifindex;
  words[base + TC_INDEX] = skb.tcIndex;
  for (let i = 0; i < 5; i++) words[base + CB + i] = skb.cb[i] as number;
  words[base + TC_CLASSID] = skb.tcClassid;
  words[base + NAPI_ID] = skb.napiId;
  words[base + TSTAMP] = skb.tstampLow;
  words[base + TSTAMP + 1] = skb.tstampHigh;
  words[base + TSTAMP_TYPE] = skb.tstampType;
  words[base + HWTSTAMP] = skb.hwtstampLow;
  words[base + HWTSTAMP + 1] = skb.hwtstampHigh;
  refreshSkBuffContext(engine, skb);
}

/** The same after a helper has changed the packet. */
export function refreshSkBuffContext(engine: Engine, skb: SkBuff): void {
  const { words } = engine.memory;
  const base = engine.context >>> 2;
  words[base + LEN] = skb.len;
  words[base + PROTOCOL] = skb.protocol;
  words[base + VLAN_PRESENT] = skb.vlanPresent;
  words[base + VLAN_TCI] = skb.vlanTci;
  words[base + VLAN_PROTO] = skb.vlanProto;
  words[base + HASH] = skb.hash;
  words[base + WIRE_LEN] = skb.wireLen;
  words[base + GSO_SEGS] = skb.gsoSegs;
  words[base + GSO_SIZE] = skb.gsoSize;
  words[base + DATA] = skb.data;
  words[base + DATA_END] = skb.dataEnd;
  words[base + DATA_META] = skb.dataMeta;
  engine.setPacket(skb.dataMeta, skb.dataEnd);
}

const NO_QUEUE_MAPPING = 0xffff;

/**
 * Cuts what the program wrote last to the width of the kernel's own fields (bpf_convert_ctx_access in
 * net/core/filter.c): before it reads the context again, and at the end.
 */
export function settleSkBuffContext(engine: Engine, skb: SkBuff): void {
  const { words } = engine.memory;
  const base = engine.context >>> 2;
  words[base + TC_INDEX] = (words[base + TC_INDEX] as number) & 0xffff;
  words[base + TC_CLASSID] = (words[base + TC_CLASSID] as number) & 0xffff;
  const queue = (words[base + QUEUE_MAPPING] as number) >>> 0;
  // The kernel does not store what is no queue.
  if (queue < NO_QUEUE_MAPPING) skb.queueMapping = queue;
  else words[base + QUEUE_MAPPING] = skb.queueMapping;
}

/** Takes over what the program wrote to the context. */
export function readBackSkBuff(engine: Engine, skb: SkBuff): void {
  settleSkBuffContext(engine, skb);
  const { words } = engine.memory;
  const base = engine.context >>> 2;
  skb.mark = (words[base + MARK] as number) >>> 0;
  skb.priority = (words[base + PRIORITY] as number) >>> 0;
  skb.tcIndex = (words[base + TC_INDEX] as number) >>> 0;
  for (let i = 0; i < 5; i++) skb.cb[i] = words[base + CB + i] as number;
  skb.tcClassid = (words[base + TC_CLASSID] as number) >>> 0;
  skb.tstampLow = words[base + TSTAMP] as number;
  skb.tstampHigh = words[base + TSTAMP + 1] as number;
}
