import { be16, ipv4Address, mac, struct, u8 } from '@hookline/layout';

/** ARP for IPv4 over Ethernet (RFC 826), 28 bytes. Its first four fields say whether the rest may be read so. */
export const ArpHeader = struct(
  'arp',
  {
    /** 1 is Ethernet. */
    hardwareType: be16,
    /** 0x0800 is IPv4. */
    protocolType: be16,
    /** Bytes of a hardware address: 6. */
    hardwareLength: u8,
    /** Bytes of a protocol address: 4. */
    protocolLength: u8,
    /** An `ARP_OPERATION`. */
    operation: be16,
    senderHardwareAddress: mac,
    senderProtocolAddress: ipv4Address,
    targetHardwareAddress: mac,
    targetProtocolAddress: ipv4Address,
  },
  { packed: true },
);

/** RFC 826 and RFC 903, from IANA's ARP parameters. */
export const ARP_OPERATION = { REQUEST: 1, REPLY: 2, REVERSE_REQUEST: 3, REVERSE_REPLY: 4 } as const;
