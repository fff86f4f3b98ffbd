import type { ContextFields, TestRunOptions, TestRunResult } from '@hookline/bpf';
import type { Engine } from '../engine/engine.ts';
import { SkBuff } from '../sk-buff.ts';
import type { VmProgram } from '../vm-program.ts';
import { BUFFER_SIZE, refuseRun, TAILROOM, testBuffer } from './buffer.ts';

/** NET_SKB_PAD + NET_IP_ALIGN on x86-64. */
const HEADROOM = 64;
const SHORTEST = 14;
const LONGEST = BUFFER_SIZE - HEADROOM - TAILROOM;
const LOOPBACK_IFINDEX = 1;
const ETHER_TYPE = 12;
/** By EtherType in network order: the shortest packet that the kernel takes. */
const SHORTEST_BY_PROTOCOL: Readonly<Record<number, number>> = { 8: 34, 56710: 54 };
const MOST_SEGMENTS = 65_535;
const LONGEST_ON_WIRE = 65_536;
/** What `convert___skb_to_skb` takes over; every other field must be 0. */
const SETTABLE: readonly string[] = [
  'mark',
  'priority',
  'ingressIfindex',
  'ifindex',
  'cb0',
  'cb1',
  'cb2',
  'cb3',
  'cb4',
  'tstamp',
  'wireLen',
  'gsoSegs',
  'gsoSize',
  'hwtstamp',
];

/** bpf_prog_test_run_skb in net/bpf/test_run.c. */
export function testRunTc(
  engine: Engine,
  program: VmProgram,
  bytes: Uint8Array,
  { context = {}, repeat = 1 }: TestRunOptions,
): TestRunResult {
  const { memory } = engine;
  const skb = new SkBuff();
  skb.head = testBuffer(memory);
  skb.data = skb.head + HEADROOM;
  skb.dataMeta = skb.data;
  skb.dataEnd = skb.data + bytes.length;
  skb.tailEnd = skb.head + BUFFER_SIZE - TAILROOM;
  skb.len = bytes.length;
  memory.bytes.set(bytes, skb.data);
  checkPacket(program, bytes);
  applyContext(program, skb, context);
  // eth_type_trans in net/ethernet/eth.c, for the loopback device and its address of zeros.
  skb.protocol =
    memory.view.getUint16(skb.data + ETHER_TYPE, false) >= 0x600
      ? memory.view.getUint16(skb.data + ETHER_TYPE, true)
      : ETH_P_802_2;
  skb.pktType = packetType(bytes);
  let verdict = 0;
  const start = performance.now();
  for (let i = 0; i < Math.max(repeat, 1); i++) verdict = program.runTc(skb, 0);
  const nanoseconds = ((performance.now() - start) * 1e6) / Math.max(repeat, 1);
  return { verdict, frame: memory.bytes.slice(skb.data, skb.dataEnd), context: contextOf(skb), nanoseconds };
}

/** ETH_P_802_2 in network order: what a frame with a length instead of an EtherType is. */
const ETH_P_802_2 = 0x0400;

/** As eth_type_trans sees it on the loopback device, whose address and broadcast address are both zeros. */
function packetType(bytes: Uint8Array): number {
  const destination = bytes.subarray(0, 6);
  if (((destination[0] ?? 0) & 1) !== 0) return 2;
  return destination.every((byte) => byte === 0) ? 0 : 3;
}

function checkPacket(program: VmProgram, bytes: Uint8Array): void {
  const protocol =
    bytes.length < SHORTEST ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint16(ETHER_TYPE, true);
  const shortest = SHORTEST_BY_PROTOCOL[protocol] ?? SHORTEST;
  if (bytes.length < shortest || bytes.length > LONGEST) {
    throw refuseRun(program.spec.name, `a packet of ${bytes.length} bytes: give ${shortest} to ${LONGEST}.`);
  }
}

function applyContext(program: VmProgram, skb: SkBuff, context: ContextFields): void {
  const refuse = (problem: string): Error => refuseRun(program.spec.name, problem);
  const unknown = Object.keys(context).find((key) => !SETTABLE.includes(key));
  if (unknown !== undefined) throw refuse(`${unknown} cannot be set: give some of ${SETTABLE.join(', ')}.`);
  const field = (key: string): number => context[key] ?? 0;
  skb.mark = field('mark');
  skb.priority = field('priority');
  skb.ingressIfindex = field('ingressIfindex');
  skb.ifindex = field('ifindex') || LOOPBACK_IFINDEX;
  for (let i = 0; i < skb.cb.length; i++) skb.cb[i] = field(`cb${i}`);
  skb.tstampLow = field('tstamp') | 0;
  skb.tstampHigh = Math.floor(field('tstamp') / 2 ** 32);
  skb.hwtstampLow = field('hwtstamp') | 0;
  skb.hwtstampHigh = Math.floor(field('hwtstamp') / 2 ** 32);
  skb.wireLen = field('wireLen') || skb.len;
  skb.gsoSegs = field('gsoSegs');
  skb.gsoSize = field('gsoSize');
  if (skb.wireLen < skb.len || skb.wireLen > LONGEST_ON_WIRE) {
    throw refuse(`wireLen ${skb.wireLen}: give the packet's length, ${skb.len}, to ${LONGEST_ON_WIRE}.`);
  }
  if (skb.gsoSegs > MOST_SEGMENTS) throw refuse(`gsoSegs ${skb.gsoSegs}: give at most ${MOST_SEGMENTS}.`);
}

/** What `convert_skb_to___skb` shows afterwards. */
function contextOf(skb: SkBuff): ContextFields {
  return {
    mark: skb.mark,
    priority: skb.priority,
    ingressIfindex: skb.ingressIfindex,
    ifindex: skb.ifindex,
    ...Object.fromEntries(Array.from(skb.cb, (word, i) => [`cb${i}`, word >>> 0])),
    tstamp: (skb.tstampHigh >>> 0) * 2 ** 32 + (skb.tstampLow >>> 0),
    wireLen: skb.wireLen,
    gsoSegs: skb.gsoSegs,
    gsoSize: skb.gsoSize,
    hwtstamp: (skb.hwtstampHigh >>> 0) * 2 ** 32 + (skb.hwtstampLow >>> 0),
  };
}
