/**
 * The device's registers. A register's number is its block plus an index: the queue, the vector, the table entry, the
 * word. Names are those of Intel's datasheets (82599, chapter 8), the numbers are this device's own.
 */
export const REGISTER_BLOCK = 1024;
const BLOCK = REGISTER_BLOCK;

export const REGISTER = {
  /** Bits of `ACCEPT`: which destinations pass. Everything at first (promiscuous). */
  FCTRL: 0 * BLOCK,
  /** The longest frame that is accepted, in bytes with FCS; 9728 at first. */
  MAXFRS: 1 * BLOCK,

  /** + queue. Address of the receive ring, a multiple of 128. */
  RDBA: 2 * BLOCK,
  /** + queue. Length of the receive ring in bytes: 16 times its descriptors. */
  RDLEN: 3 * BLOCK,
  /** + queue. Index of the descriptor that is filled next; read only. */
  RDH: 4 * BLOCK,
  /** + queue. Index behind the last descriptor that the device may fill: writing it is the doorbell. */
  RDT: 5 * BLOCK,
  /** + queue. Bits of `RXDCTL`. */
  RXDCTL: 6 * BLOCK,
  /** + queue. Bytes of each receive buffer, a multiple of 4, and the bits of `SRRCTL`. */
  SRRCTL: 7 * BLOCK,

  /** + queue. Address of the transmit ring, a multiple of 128. */
  TDBA: 8 * BLOCK,
  /** + queue. Length of the transmit ring in bytes. */
  TDLEN: 9 * BLOCK,
  /** + queue. Index of the descriptor that is sent next; read only. */
  TDH: 10 * BLOCK,
  /** + queue. Index behind the last descriptor that is to be sent: writing it is the doorbell. */
  TDT: 11 * BLOCK,
  /** + queue. Bits of `TXDCTL`. */
  TXDCTL: 12 * BLOCK,

  /** + vector >> 5. Causes since the vector was raised; writing ones clears them. */
  EICR: 13 * BLOCK,
  /** + vector >> 5. Which vectors are enabled; writing ones enables. */
  EIMS: 14 * BLOCK,
  /** + vector >> 5. Writing ones disables vectors; reads as `EIMS`. */
  EIMC: 15 * BLOCK,
  /** + vector >> 5. Which vectors are disabled when they are raised; all at first. */
  EIAM: 16 * BLOCK,
  /** + vector. Microseconds at least between two interrupts; 50 at first, 0 is no moderation. */
  EITR: 17 * BLOCK,
  /** + vector. Write-backs that raise the vector within that time; 0, never, at first (`ethtool -C rx-frames`). */
  EIFR: 18 * BLOCK,

  /** Bits of `RSS_FIELDS`. */
  MRQC: 19 * BLOCK,
  /** + entry. The queue for an entry of the RSS indirection table. */
  RETA: 20 * BLOCK,
  /** + word (0..9). The RSS key; its first byte is the low byte of the first word. */
  RSSRK: 21 * BLOCK,
} as const;

/** Bits of the receive queue control register. */
export const RXDCTL = {
  /** Turning it on takes over base and length, and sets head and tail to 0. */
  ENABLE: 2 ** 25,
  /** Move the outermost 802.1Q tag out of the frame, into the descriptor. */
  STRIP_VLAN: 2 ** 30,
} as const;

/** Bits of the receive buffer register, above the buffer size. */
export const SRRCTL = {
  /** The buffer size's bits. */
  SIZE: 0xffff,
  /**
   * Drop a frame at once (rx_no_dma_resources) when the queue has no descriptor. Without it the frame waits in the
   * device, and holds up those behind it, until the device's buffer is full (rx_missed_errors). Drivers set it as soon
   * as there is more than one queue.
   */
  DROP_ENABLE: 2 ** 28,
} as const;

/** Bits of the transmit queue control register. */
export const TXDCTL = { ENABLE: 2 ** 25 } as const;
