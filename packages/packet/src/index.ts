export { frameCheckSequence, hasFrameCheckSequence } from './checksum/frame-check-sequence.ts';
export {
  internetChecksum,
  onesComplementSum,
  pseudoHeaderSum,
  udpChecksum,
  updateChecksum,
  updateChecksum32,
} from './checksum/internet-checksum.ts';
export { arp } from './craft/arp.ts';
export { type CraftOptions, craft } from './craft/craft.ts';
export { ethernet, serviceVlan, vlan } from './craft/ethernet.ts';
export { type GreFields, gre } from './craft/gre.ts';
export {
  type EchoFields,
  icmp,
  icmpDestinationUnreachable,
  icmpEchoReply,
  icmpEchoRequest,
  icmpTimeExceeded,
} from './craft/icmp.ts';
export {
  icmpv6,
  icmpv6DestinationUnreachable,
  icmpv6EchoReply,
  icmpv6EchoRequest,
  icmpv6PacketTooBig,
  icmpv6TimeExceeded,
} from './craft/icmpv6.ts';
export { type Ipv4Fields, type Ipv4Option, ipv4 } from './craft/ipv4.ts';
export { ipv6 } from './craft/ipv6.ts';
export {
  type AuthenticationFields,
  authentication,
  destinationOptions,
  fragment,
  hopByHop,
  type Ipv6Option,
  type OptionsFields,
  type RoutingFields,
  routing,
} from './craft/ipv6-extension.ts';
export { CraftError, type Layer, type Payload, type Scope, type Wishes } from './craft/layer.ts';
export { neighborAdvertisement, neighborSolicitation, routerSolicitation } from './craft/neighbor-discovery.ts';
export { type TcpFields, type TcpOptions, tcp } from './craft/tcp.ts';
export { udp } from './craft/udp.ts';
export { vxlan } from './craft/vxlan.ts';
export { dissect } from './dissect/dissect.ts';
export {
  type ChecksumVerdict,
  type DissectedField,
  type DissectedLayer,
  type Dissection,
  type FieldValue,
  fieldOf,
  layerOf,
  type Note,
} from './dissect/dissection.ts';
export { type Flow, flowOf, flowOfDissection } from './flow.ts';
export { ARP_OPERATION, ArpHeader } from './headers/arp.ts';
export { EspHeader } from './headers/esp.ts';
export { ETHER_TYPE } from './headers/ether-type.ts';
export { EthernetHeader, VlanTag } from './headers/ethernet.ts';
export { GreHeader } from './headers/gre.ts';
export { ICMP_TYPE, IcmpDestinationUnreachableHeader, IcmpEchoHeader, IcmpHeader } from './headers/icmp.ts';
export {
  ICMPV6_TYPE,
  Icmpv6EchoHeader,
  Icmpv6Header,
  NeighborAdvertisementHeader,
  NeighborSolicitationHeader,
} from './headers/icmpv6.ts';
export { IgmpHeader } from './headers/igmp.ts';
export { IP_PROTOCOL } from './headers/ip-protocol.ts';
export { Ipv4Header, Ipv4OptionHeader } from './headers/ipv4.ts';
export { Ipv6Header } from './headers/ipv6.ts';
export {
  AuthenticationHeader,
  DestinationOptionsHeader,
  FragmentHeader,
  HopByHopHeader,
  Ipv6OptionHeader,
  RoutingHeader,
} from './headers/ipv6-extension.ts';
export { LinuxSll2Header, LinuxSllHeader, LoopHeader, NullHeader } from './headers/link.ts';
export { Ieee8023Header, LlcHeader, SnapHeader } from './headers/llc.ts';
export { MplsEntry } from './headers/mpls.ts';
export { SctpHeader } from './headers/sctp.ts';
export { TCP_FLAGS, TCP_OPTION, type TcpFlag, TcpHeader } from './headers/tcp.ts';
export { UdpHeader } from './headers/udp.ts';
export { VXLAN_PORT, VxlanHeader } from './headers/vxlan.ts';
