import { be16, be32, bytes, struct, u8, u32 } from '@hookline/layout';

/** LINKTYPE_NULL, 4 bytes: the address family in the byte order of the machine that captured, here little-endian. */
export const NullHeader = struct('null', { family: u32 }, { packed: true });

/** LINKTYPE_LOOP, 4 bytes: the address family in network byte order. */
export const LoopHeader = struct('loop', { family: be32 }, { packed: true });

/** LINKTYPE_LINUX_SLL, 16 bytes: what Linux gives for the device "any". */
export const LinuxSllHeader = struct(
  'linux_sll',
  {
    packetType: be16,
    /** An ARPHRD_ value of linux/if_arp.h. */
    hardwareType: be16,
    addressLength: be16,
    address: bytes(8),
    /** Mostly an EtherType, see `hardwareType`. */
    protocolType: be16,
  },
  { packed: true },
);

/** LINKTYPE_LINUX_SLL2, 20 bytes: the same with the interface. */
export const LinuxSll2Header = struct(
  'linux_sll2',
  {
    protocolType: be16,
    reserved: be16,
    interfaceIndex: be32,
    hardwareType: be16,
    packetType: u8,
    addressLength: u8,
    address: bytes(8),
  },
  { packed: true },
);
