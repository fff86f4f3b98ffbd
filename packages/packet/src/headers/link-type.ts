/** What a capture file says its packets begin with: LINKTYPE_ values of the tcpdump group's registry. */
export const LINK_TYPE = {
  /** BSD loopback: an address family in the byte order of the machine that captured. */
  NULL: 0,
  /** Ethernet. */
  EN10MB: 1,
  /** An IP packet, its version in its first bits. 12 and 14 are the same as some systems wrote it. */
  RAW: 101,
  /** OpenBSD loopback: an address family in network byte order. */
  LOOP: 108,
  LINUX_SLL: 113,
  IPV4: 228,
  IPV6: 229,
  LINUX_SLL2: 276,
} as const;
