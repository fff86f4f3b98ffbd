import { TC_VERDICTS } from '@hookline/bpf';
import { type LinearMemory, PACKET_BUFFER_SIZE, PACKET_TAILROOM } from '@hookline/machine';
import { SkBuff, type VmProgram, type XdpFrame } from '@hookline/vm';
import type { QueuePair } from './queue-pair.ts';
import type { SimulatedDevice } from './simulated-device.ts';

/**
 * Names of the outcomes of TC programs. What tcx does not know counts as `unknown`: no further program runs, and the
 * packet goes on.
 */
export const TC_NAMES = ['OK', 'SHOT', 'REDIRECT', 'UNSPEC', 'unknown'] as const;
export type TcName = (typeof TC_NAMES)[number];

const TC_INDEX: ReadonlyMap<number, number> = new Map(
  TC_NAMES.flatMap((name, i) => (name === 'unknown' ? [] : [[TC_VERDICTS[name], i] as const])),
);
const UNKNOWN = TC_NAMES.length - 1;

/** 802.1Q and 802.1ad, as the bytes lie in memory. */
const VLAN_TYPES = [0x0081, 0xa888];
const VLAN_TAG = 4;
const ADDRESSES = 12;
const ETHERNET_HEADER = 14;
const PACKET_TYPE = { HOST: 0, BROADCAST: 1, MULTICAST: 2, OTHERHOST: 3 } as const;

/** EtherTypes from here on are types, below they are lengths (`eth_proto_is_802_3`). */
const LEAST_ETHER_TYPE = 0x0600;
/** ETH_P_802_3 and ETH_P_802_2 in network order: what the kernel calls frames with a length (`eth_type_trans`). */
const RAW_802_3 = 0x0100;
const LLC_802_2 = 0x0400;

/** Takes what the stack has accepted; the bytes are the host's again afterwards. */
export type DeliverySink = (device: SimulatedDevice, bytes: Uint8Array, offset: number, length: number) => void;

/** Makes sk_buffs of frames, and runs TC programs on them (`struct sk_buff`, `tcx_run` in net/core/dev.c). */
export class Stack {
  /** How often TC programs said what, by `TC_NAMES`; ingress and egress together. */
  readonly verdicts = new Float64Array(TC_NAMES.length);
  readonly skb = new SkBuff();
  readonly #memory: LinearMemory;

  constructor(memory: LinearMemory) {
    this.#memory = memory;
  }

  /** Describes a frame that XDP let pass, its outer VLAN tag taken out, as `__netif_receive_skb_core` hands it to TC. */
  build(queue: QueuePair, frame: XdpFrame, hash: number): SkBuff {
    const { skb } = this;
    const { device } = queue;
    skb.head = frame.hardStart;
    skb.data = frame.data;
    skb.dataMeta = frame.dataMeta;
    skb.dataEnd = frame.dataEnd;
    skb.tailEnd = frame.hardStart + PACKET_BUFFER_SIZE - PACKET_TAILROOM;
    skb.mark = 0;
    skb.priority = 0;
    skb.tcIndex = 0;
    skb.tcClassid = 0;
    skb.cb.fill(0);
    skb.hash = hash;
    // The kernel records queue + 1, so that 0 means that none was recorded (skb_record_rx_queue).
    skb.queueMapping = queue.index + 1;
    skb.ifindex = device.ifindex;
    skb.ingressIfindex = device.ifindex;
    skb.tstampLow = 0;
    skb.tstampHigh = 0;
    skb.gsoSegs = 0;
    skb.gsoSize = 0;
    skb.vlanPresent = 0;
    skb.vlanTci = 0;
    skb.vlanProto = 0;
    skb.pktType = this.#packetType(device, frame.data);
    this.#untag(skb);
    this.#measure(skb);
    // sch_handle_ingress takes the length before it goes back to the MAC header.
    skb.wireLen = skb.len - ETHERNET_HEADER;
    return skb;
  }

  /** The packet arrives at another device of the same host (`dev_forward_skb_nomtu`). */
  enter(skb: SkBuff, device: SimulatedDevice): void {
    skb.ifindex = device.ifindex;
    skb.ingressIfindex = device.ifindex;
    skb.priority = 0;
    skb.pktType = this.#packetType(device, skb.data);
  }

  /**
   * Runs programs in their order for as long as they say UNSPEC (`tcx_run`).
   *
   * @returns OK, SHOT or REDIRECT; without a decision OK
   */
  run(programs: readonly VmProgram[], cpu: number): number {
    const { skb } = this;
    for (const program of programs) {
      const verdict = program.runTc(skb, cpu) | 0;
      const index = TC_INDEX.get(verdict) ?? UNKNOWN;
      (this.verdicts[index] as number)++;
      if (verdict === TC_VERDICTS.UNSPEC) continue;
      return index === UNKNOWN ? TC_VERDICTS.OK : verdict;
    }
    return TC_VERDICTS.OK;
  }

  /**
   * Puts the VLAN tag back into the packet, as the stack does before a driver without tag insertion sends it.
   *
   * @returns false where the headroom is used up
   */
  retag(skb: SkBuff): boolean {
    if (skb.vlanPresent === 0) return true;
    if (skb.data - VLAN_TAG < skb.head) return false;
    const { bytes, view } = this.#memory;
    bytes.copyWithin(skb.data - VLAN_TAG, skb.data, skb.data + ADDRESSES);
    skb.data -= VLAN_TAG;
    view.setUint16(skb.data + ADDRESSES, skb.vlanProto, true);
    view.setUint16(skb.data + ADDRESSES + 2, skb.vlanTci);
    skb.vlanPresent = 0;
    skb.dataMeta = skb.data;
    this.#measure(skb);
    return true;
  }

  /** `skb_vlan_untag`; metadata moves along with the addresses. */
  #untag(skb: SkBuff): void {
    const { bytes, view } = this.#memory;
    if (skb.dataEnd - skb.data < ETHERNET_HEADER + VLAN_TAG) return;
    const type = view.getUint16(skb.data + ADDRESSES, true);
    if (!VLAN_TYPES.includes(type)) return;
    skb.vlanPresent = 1;
    skb.vlanProto = type;
    skb.vlanTci = view.getUint16(skb.data + ADDRESSES + 2);
    bytes.copyWithin(skb.dataMeta + VLAN_TAG, skb.dataMeta, skb.data + ADDRESSES);
    skb.dataMeta += VLAN_TAG;
    skb.data += VLAN_TAG;
  }

  #measure(skb: SkBuff): void {
    skb.len = skb.dataEnd - skb.data;
    skb.wireLen = skb.len;
    skb.protocol = skb.len < ETHERNET_HEADER ? 0 : this.#protocol(skb.data + ADDRESSES, skb.dataEnd);
  }

  /** What `eth_type_trans` makes of the type field at `address`, in network order. */
  #protocol(address: number, end: number): number {
    const { view } = this.#memory;
    if (view.getUint16(address) >= LEAST_ETHER_TYPE) return view.getUint16(address, true);
    return end - address >= 4 && view.getUint16(address + 2) === 0xffff ? RAW_802_3 : LLC_802_2;
  }

  /** Likewise. */
  #packetType(device: SimulatedDevice, data: number): number {
    const { bytes } = this.#memory;
    const station = device.nic.macAddress;
    let ours = true;
    let broadcast = true;
    for (let i = 0; i < station.length; i++) {
      const byte = bytes[data + i];
      ours &&= byte === station[i];
      broadcast &&= byte === 0xff;
    }
    if (ours) return PACKET_TYPE.HOST;
    if (broadcast) return PACKET_TYPE.BROADCAST;
    return ((bytes[data] as number) & 1) === 1 ? PACKET_TYPE.MULTICAST : PACKET_TYPE.OTHERHOST;
  }
}
