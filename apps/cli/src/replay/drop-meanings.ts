/** What the counters and drop reasons of a report mean, for people who meet them for the first time. */
const MEANINGS: Readonly<Record<string, string>> = {
  XDP: 'the program returned XDP_DROP',
  XDP_ABORTED: 'the program returned XDP_ABORTED or a verdict that does not exist',
  XDP_TX_ERROR: 'XDP_TX into a full transmit ring',
  XDP_REDIRECT_ERROR: 'XDP_REDIRECT without a target or into a full transmit ring',
  TC_INGRESS: 'the TC program returned TC_ACT_SHOT, or redirected to a device that is not there',
  TC_EGRESS: 'a TC program at egress returned TC_ACT_SHOT',
  RECURSION_LIMIT: 'redirected from ingress to ingress too often',
  QDISC_DROP: 'the stack sent into a full transmit ring',
  rx_missed_errors: "the device's packet buffer was full: the host was too slow",
  rx_no_dma_resources: 'the queue had no free descriptor: the host was too slow',
  rx_crc_errors: 'the frame check sequence was wrong',
  rx_length_errors: 'shorter than an Ethernet header or longer than the MTU allows',
  rx_over_errors: "longer than the host's receive buffers",
  rx_steer_missed_packets: 'addressed to another station, and the device is not promiscuous',
  tx_errors: 'could not be sent: too short or too long',
};

export function meaningOf(reason: string): string {
  return MEANINGS[reason] ?? '';
}
