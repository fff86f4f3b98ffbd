export { frameCheckSequence, hasFrameCheckSequence } from './checksum/frame-check-sequence.ts';
export {
  internetChecksum,
  onesComplementSum,
  pseudoHeaderSum,
  udpChecksum,
  updateChecksum,
  updateChecksum32,
} from './checksum/internet-checksum.ts';
export { ARP_OPERATION, ArpHeader } from './headers/arp.ts';
export { ETHER_TYPE } from './headers/ether-type.ts';
export { EthernetHeader, VlanTag } from './headers/ethernet.ts';
export { GreHeader } from './headers/gre.ts';
export { ICMP_TYPE, IcmpEchoHeader, IcmpHeader } from './headers/icmp.ts';
export {
  ICMPV6_TYPE,
  Icmpv6EchoHeader,
  Icmpv6Header,
  NeighborAdvertisementHeader,
  NeighborSolicitationHeader,
} from './headers/icmpv6.ts';
export { IP_PROTOCOL } from './headers/ip-protocol.ts';
export { Ipv4Header } from './headers/ipv4.ts';
export { Ipv6Header } from './headers/ipv6.ts';
export {
  AuthenticationHeader,
  DestinationOptionsHeader,
  FragmentHeader,
  HopByHopHeader,
  RoutingHeader,
} from './headers/ipv6-extension.ts';
export { TCP_FLAGS, TCP_OPTION, type TcpFlag, TcpHeader } from './headers/tcp.ts';
export { UdpHeader } from './headers/udp.ts';
export { VXLAN_PORT, VxlanHeader } from './headers/vxlan.ts';
