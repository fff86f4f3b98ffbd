/** What the drop reasons of a report mean, for people who meet them for the first time; each fits beside a number. */
const MEANINGS: Readonly<Record<string, string>> = {
  XDP: 'the program returned XDP_DROP',
  XDP_ABORTED: 'it returned XDP_ABORTED, or a verdict that does not exist',
  XDP_TX_ERROR: 'XDP_TX into a full transmit ring',
  XDP_REDIRECT_ERROR: 'XDP_REDIRECT to nowhere, beyond the MTU or into a full ring',
  TC_INGRESS: 'the program returned TC_ACT_SHOT or redirected to nowhere',
  TC_EGRESS: 'a TC program at egress returned TC_ACT_SHOT or redirected to nowhere',
  RECURSION_LIMIT: 'redirected from hook to hook too often',
  QDISC_DROP: 'the stack sent into a full transmit ring',
  rx_missed_errors: "the device's packet buffer was full: the host is too slow",
  rx_no_dma_resources: 'the queue had no free descriptor: the host is too slow',
  rx_crc_errors: 'the frame check sequence was wrong',
  rx_length_errors: 'shorter than an Ethernet header, or longer than the MTU allows',
  rx_over_errors: "longer than the host's receive buffers",
  rx_steer_missed_packets: 'to another station, and the device is not promiscuous',
  tx_errors: 'could not be sent: too short or too long',
};

/** Empty for a reason that is new here. */
export function meaningOf(reason: string): string {
  return MEANINGS[reason] ?? '';
}
