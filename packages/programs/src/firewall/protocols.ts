import { IP_PROTOCOL } from '@hookline/packet';

/** Names that rules may use, from IANA's protocol numbers. */
export const PROTOCOL_NAMES: Readonly<Record<string, number>> = {
  icmp: IP_PROTOCOL.ICMP,
  igmp: IP_PROTOCOL.IGMP,
  tcp: IP_PROTOCOL.TCP,
  udp: IP_PROTOCOL.UDP,
  gre: IP_PROTOCOL.GRE,
  esp: IP_PROTOCOL.ESP,
  ah: IP_PROTOCOL.AUTHENTICATION,
  icmpv6: IP_PROTOCOL.ICMPV6,
  ospf: 89,
  sctp: IP_PROTOCOL.SCTP,
};
