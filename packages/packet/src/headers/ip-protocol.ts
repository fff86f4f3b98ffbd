/** What follows an IPv4 or IPv6 header, from IANA's protocol numbers. */
export const IP_PROTOCOL = {
  HOP_BY_HOP: 0,
  ICMP: 1,
  IGMP: 2,
  /** IPv4 inside IP. */
  IPV4: 4,
  TCP: 6,
  UDP: 17,
  DCCP: 33,
  /** IPv6 inside IP. */
  IPV6: 41,
  ROUTING: 43,
  FRAGMENT: 44,
  GRE: 47,
  ESP: 50,
  AUTHENTICATION: 51,
  ICMPV6: 58,
  NO_NEXT_HEADER: 59,
  DESTINATION_OPTIONS: 60,
  SCTP: 132,
  UDP_LITE: 136,
  MPLS: 137,
  ETHERNET: 143,
} as const;
