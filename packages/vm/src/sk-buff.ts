/**
 * A packet on its way through a TC program (`struct sk_buff`), as `struct __sk_buff` (linux/bpf.h) shows it: integers,
 * and addresses in the machine's linear memory. The caller owns one and fills it for each packet; after the run it
 * holds what the program wrote. Multi-byte fields of the packet are in host order here except `protocol` and
 * `vlanProto`, which the kernel hands to programs in network order: 0x0008 is IPv4.
 */
export class SkBuff {
  /** First byte of the buffer; the headroom is between it and `dataMeta`. */
  head = 0;
  /** First byte of the packet: the destination MAC address. */
  data = 0;
  /** One past the last byte. */
  dataEnd = 0;
  /** First byte of the metadata that an XDP program left; `data` where there is none. */
  dataMeta = 0;
  /** How far the tail may grow. */
  tailEnd = 0;
  /** Bytes of the packet. */
  len = 0;
  /** PACKET_HOST 0, PACKET_BROADCAST 1, PACKET_MULTICAST 2, PACKET_OTHERHOST 3 (linux/if_packet.h). */
  pktType = 0;
  mark = 0;
  queueMapping = 0;
  /** EtherType in network order. */
  protocol = 0;
  /** 1 where the outer VLAN tag was taken out of the packet. */
  vlanPresent = 0;
  vlanTci = 0;
  /** Tag protocol identifier of that tag, in network order. */
  vlanProto = 0;
  priority = 0;
  ingressIfindex = 0;
  ifindex = 0;
  tcIndex = 0;
  /** Five words that programs on one packet hand to each other. */
  readonly cb: Int32Array<ArrayBuffer> = new Int32Array(5);
  hash = 0;
  tcClassid = 0;
  napiId = 0;
  /** Time stamp in nanoseconds, lower and upper 32 bits. */
  tstampLow = 0;
  tstampHigh = 0;
  /** Bytes on the wire of all segments, headers included. */
  wireLen = 0;
  gsoSegs = 0;
  gsoSize = 0;
  /** BPF_SKB_CLOCK_REALTIME 0, BPF_SKB_CLOCK_MONOTONIC 1, BPF_SKB_CLOCK_TAI 2. */
  tstampType = 0;
  hwtstampLow = 0;
  hwtstampHigh = 0;
  /** Checksum state: CHECKSUM_NONE 0, UNNECESSARY 1, COMPLETE 2, PARTIAL 3 (linux/skbuff.h). */
  ipSummed = 0;
  /** With CHECKSUM_COMPLETE, the sum of the packet from `data` on. */
  csum = 0;
}
