/**
 * A frame on its way through an XDP program (`struct xdp_buff` in include/net/xdp.h): addresses in the machine's
 * linear memory. The caller owns one, points it at each frame in turn, and finds it changed after the run where the
 * program moved the packet's ends. Nothing is allocated for a frame.
 */
export class XdpFrame {
  /** First byte of the buffer; the headroom is between it and `data`. */
  hardStart = 0;
  /** First byte of the frame: the destination MAC address. */
  data = 0;
  /** One past the frame's last byte. */
  dataEnd = 0;
  /** First byte of the metadata in front of the frame; `data` where there is none. */
  dataMeta = 0;
  /** How far the tail may grow: the buffer's end less the 320 bytes of skb_shared_info. */
  frameEnd = 0;
  ingressIfindex = 0;
  rxQueueIndex = 0;
  /** Only for programs in a devmap; 0 elsewhere. */
  egressIfindex = 0;
}
