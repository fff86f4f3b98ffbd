import { ETHER_TYPE } from '../headers/ether-type.ts';
import { IP_PROTOCOL } from '../headers/ip-protocol.ts';
import { LINK_TYPE } from '../headers/link-type.ts';
import { VXLAN_PORT } from '../headers/vxlan.ts';
import { arp } from './protocols/arp.ts';
import { esp } from './protocols/esp.ts';
import { ethernet } from './protocols/ethernet.ts';
import { gre } from './protocols/gre.ts';
import { icmp } from './protocols/icmp.ts';
import { icmpv6 } from './protocols/icmpv6.ts';
import { igmp } from './protocols/igmp.ts';
import { ipv4 } from './protocols/ipv4.ts';
import { ipv6 } from './protocols/ipv6.ts';
import { authentication, destinationOptions, fragment, hopByHop, routing } from './protocols/ipv6-extension.ts';
import { linuxSll, linuxSll2, loop, nullLoopback, raw } from './protocols/link.ts';
import { llc } from './protocols/llc.ts';
import { mpls } from './protocols/mpls.ts';
import { sctp } from './protocols/sctp.ts';
import { tcp } from './protocols/tcp.ts';
import { udp } from './protocols/udp.ts';
import { vlan } from './protocols/vlan.ts';
import { vxlan } from './protocols/vxlan.ts';
import type { Dissector, TableName } from './view.ts';

/** Which protocol a number announces. */
export const REGISTRY: Readonly<Record<TableName, Readonly<Record<number, Dissector>>>> = {
  linkType: {
    [LINK_TYPE.NULL]: nullLoopback,
    [LINK_TYPE.EN10MB]: ethernet,
    // DLT_RAW as OpenBSD and everyone else number it: files hold these instead of LINKTYPE_RAW now and then.
    12: raw,
    14: raw,
    [LINK_TYPE.RAW]: raw,
    [LINK_TYPE.LOOP]: loop,
    [LINK_TYPE.LINUX_SLL]: linuxSll,
    [LINK_TYPE.IPV4]: ipv4,
    [LINK_TYPE.IPV6]: ipv6,
    [LINK_TYPE.LINUX_SLL2]: linuxSll2,
  },
  etherType: {
    [ETHER_TYPE.IPV4]: ipv4,
    [ETHER_TYPE.ARP]: arp,
    [ETHER_TYPE.REVERSE_ARP]: arp,
    [ETHER_TYPE.VLAN]: vlan,
    [ETHER_TYPE.SERVICE_VLAN]: vlan,
    // What switches sent as the outer tag before 802.1ad.
    37120: vlan,
    [ETHER_TYPE.IPV6]: ipv6,
    [ETHER_TYPE.TRANSPARENT_ETHERNET]: ethernet,
    [ETHER_TYPE.MPLS]: mpls,
    [ETHER_TYPE.MPLS_MULTICAST]: mpls,
  },
  ieee8022: { 0: llc },
  ipProtocol: {
    [IP_PROTOCOL.HOP_BY_HOP]: hopByHop,
    [IP_PROTOCOL.ICMP]: icmp,
    [IP_PROTOCOL.IGMP]: igmp,
    [IP_PROTOCOL.IPV4]: ipv4,
    [IP_PROTOCOL.TCP]: tcp,
    [IP_PROTOCOL.UDP]: udp,
    [IP_PROTOCOL.IPV6]: ipv6,
    [IP_PROTOCOL.ROUTING]: routing,
    [IP_PROTOCOL.FRAGMENT]: fragment,
    [IP_PROTOCOL.GRE]: gre,
    [IP_PROTOCOL.ESP]: esp,
    [IP_PROTOCOL.AUTHENTICATION]: authentication,
    [IP_PROTOCOL.ICMPV6]: icmpv6,
    [IP_PROTOCOL.DESTINATION_OPTIONS]: destinationOptions,
    [IP_PROTOCOL.SCTP]: sctp,
    [IP_PROTOCOL.MPLS]: mpls,
    [IP_PROTOCOL.ETHERNET]: ethernet,
  },
  udpPort: { [VXLAN_PORT]: vxlan },
};
