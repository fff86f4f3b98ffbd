import { struct, u8, u16, u32, u64 } from '@hookline/layout';

/** Bytes of every descriptor. */
export const DESCRIPTOR_SIZE = 16;

/** What a driver writes for the device to receive into (advanced receive descriptor, read format; 82599 datasheet 7.1.6). */
export const rxReadDescriptor = struct('rx_read_descriptor', { packetAddress: u64, headerAddress: u64 });

/** What the device writes over it when a frame has arrived (advanced receive descriptor, write-back format). */
export const rxWriteBackDescriptor = struct('rx_write_back_descriptor', {
  packetInfo: u16,
  headerInfo: u16,
  rssHash: u32,
  statusError: u32,
  length: u16,
  vlan: u16,
});

/** A transmit descriptor (legacy format; 82599 datasheet 7.2.3.2.2). `command` holds bits 24..31 of `TX_COMMAND`. */
export const txDescriptor = struct('tx_descriptor', {
  bufferAddress: u64,
  length: u16,
  checksumOffset: u8,
  command: u8,
  status: u8,
  checksumStart: u8,
  vlan: u16,
});

/** Bits of a received descriptor's `statusError`. */
export const RX_STATUS = {
  /** The descriptor is the driver's again. */
  DESCRIPTOR_DONE: 1 << 0,
  /** The frame ends in this buffer. */
  END_OF_PACKET: 1 << 1,
  /** A VLAN tag was taken out of the frame; it is in `vlan`. */
  VLAN_PACKET: 1 << 3,
  UDP_CHECKSUM_CHECKED: 1 << 4,
  L4_CHECKSUM_CHECKED: 1 << 5,
  IP_CHECKSUM_CHECKED: 1 << 6,
} as const;

/** The low 4 bits of `packetInfo`: which fields the RSS hash covers. */
export const RSS_TYPE = {
  NONE: 0,
  IPV4_TCP: 1,
  IPV4: 2,
  IPV6_TCP: 3,
  IPV6: 5,
  IPV4_UDP: 7,
  IPV6_UDP: 8,
} as const;
export type RssType = (typeof RSS_TYPE)[keyof typeof RSS_TYPE];

/** Command bits of a transmit descriptor, at their places in its third 32-bit word, above the length. */
export const TX_COMMAND = {
  END_OF_PACKET: 1 << 24,
  /** Append the frame check sequence. The simulated wire always carries one. */
  INSERT_FCS: 1 << 25,
  /** Report status: set DESCRIPTOR_DONE, and let it count as a cause of interrupt, when the frame has been read. */
  REPORT_STATUS: 1 << 27,
  /** Insert the VLAN tag of the `vlan` field behind the addresses. */
  VLAN_INSERT: 1 << 30,
} as const;

/** Bits of a transmit descriptor's `status`. */
export const TX_STATUS = { DESCRIPTOR_DONE: 1 << 0 } as const;

// What follows reads and writes descriptors word by word: `words` is the machine's memory, `address` a descriptor's.

/** Hands a buffer to the device: writes the read format, which also clears the last frame's DESCRIPTOR_DONE. */
export function writeRxDescriptor(words: Int32Array, address: number, packetAddress: number): void {
  const word = address >>> 2;
  words[word] = packetAddress;
  words[word + 1] = 0;
  words[word + 2] = 0;
  words[word + 3] = 0;
}

/** The `statusError` of a receive descriptor (see `RX_STATUS`). */
export function rxStatus(words: Int32Array, address: number): number {
  return words[(address >>> 2) + 2] as number;
}

/** Bytes of the frame that was received. */
export function rxLength(words: Int32Array, address: number): number {
  return (words[(address >>> 2) + 3] as number) & 0xffff;
}

/** The VLAN tag (TCI) that was taken out; only with `RX_STATUS.VLAN_PACKET`. */
export function rxVlan(words: Int32Array, address: number): number {
  return (words[(address >>> 2) + 3] as number) >>> 16;
}

/** The RSS hash; meaningless with `RSS_TYPE.NONE`. */
export function rxHash(words: Int32Array, address: number): number {
  return (words[(address >>> 2) + 1] as number) >>> 0;
}

export function rxHashType(words: Int32Array, address: number): RssType {
  return ((words[address >>> 2] as number) & 0xf) as RssType;
}

/**
 * Writes a transmit descriptor.
 *
 * @param command bits of `TX_COMMAND`
 * @param vlan the tag for `VLAN_INSERT`
 */
export function writeTxDescriptor(
  words: Int32Array,
  address: number,
  bufferAddress: number,
  length: number,
  command: number,
  vlan = 0,
): void {
  const word = address >>> 2;
  words[word] = bufferAddress;
  words[word + 1] = 0;
  words[word + 2] = length | command;
  words[word + 3] = vlan << 16;
}

/** The `status` of a transmit descriptor (see `TX_STATUS`). */
export function txStatus(words: Int32Array, address: number): number {
  return (words[(address >>> 2) + 3] as number) & 0xff;
}
