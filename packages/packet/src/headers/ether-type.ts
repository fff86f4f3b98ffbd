/** What follows an Ethernet header, from IANA's and IEEE's EtherType registries. */
export const ETHER_TYPE = {
  IPV4: 0x0800,
  ARP: 0x0806,
  REVERSE_ARP: 0x8035,
  /** IEEE 802.1Q customer tag. */
  VLAN: 0x8100,
  /** IEEE 802.1ad service tag. */
  SERVICE_VLAN: 0x88a8,
  IPV6: 0x86dd,
  TRANSPARENT_ETHERNET: 0x6558,
  MPLS: 0x8847,
  MPLS_MULTICAST: 0x8848,
  PPPOE_DISCOVERY: 0x8863,
  PPPOE_SESSION: 0x8864,
  LLDP: 0x88cc,
  MACSEC: 0x88e5,
  PTP: 0x88f7,
} as const;
