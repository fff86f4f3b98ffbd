import { ReplayError } from '../replay-error.ts';

/** What precedes the network layer's bytes in packets of one link type. */
interface LinkLayer {
  /** Bytes to take away. */
  readonly header: number;
  /** The EtherType that an Ethernet header in front needs; 0 where the packet has none. */
  etherType(bytes: Uint8Array, offset: number, length: number): number;
  /** Offset of a 6-byte source address in the header, where there is one. */
  source?(bytes: Uint8Array, offset: number): number | undefined;
  /** Whether the capturing host sent the packet, where the header says so. */
  outgoing?(bytes: Uint8Array, offset: number): boolean;
}

const IPV4 = 0x0800;
const IPV6 = 0x86dd;

function u16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

function byVersion(bytes: Uint8Array, offset: number, length: number): number {
  if (length === 0) return 0;
  const version = (bytes[offset] as number) >> 4;
  return version === 4 ? IPV4 : version === 6 ? IPV6 : 0;
}

/** PF_INET is 2 everywhere; PF_INET6 is 10 on Linux, 24 on NetBSD, 28 on FreeBSD, 30 on macOS. */
const FAMILIES: ReadonlyMap<number, number> = new Map([
  [2, IPV4],
  [10, IPV6],
  [24, IPV6],
  [28, IPV6],
  [30, IPV6],
]);

const RAW: LinkLayer = { header: 0, etherType: byVersion };
/** LINKTYPE_NULL is in the byte order of the capturing host, LINKTYPE_LOOP in network order: one byte of four is set. */
const LOOPBACK: LinkLayer = {
  header: 4,
  etherType: (bytes, offset) => FAMILIES.get((bytes[offset] ?? 0) | (bytes[offset + 3] ?? 0)) ?? 0,
};
const PACKET_OUTGOING = 4;
/** https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html */
const SLL: LinkLayer = {
  header: 16,
  etherType: (bytes, offset) => u16(bytes, offset + 14),
  source: (bytes, offset) => (u16(bytes, offset + 4) === 6 ? offset + 6 : undefined),
  outgoing: (bytes, offset) => u16(bytes, offset) === PACKET_OUTGOING,
};
/** https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html */
const SLL2: LinkLayer = {
  header: 20,
  etherType: (bytes, offset) => u16(bytes, offset),
  source: (bytes, offset) => (bytes[offset + 11] === 6 ? offset + 12 : undefined),
  outgoing: (bytes, offset) => bytes[offset + 10] === PACKET_OUTGOING,
};

const ETHERNET = 1;
const LINK_LAYERS: ReadonlyMap<number, LinkLayer> = new Map([
  [0, LOOPBACK],
  [12, RAW],
  [14, RAW],
  [101, RAW],
  [108, LOOPBACK],
  [113, SLL],
  [228, RAW],
  [229, RAW],
  [276, SLL2],
]);

/**
 * How to make Ethernet frames of a link type's packets; undefined for Ethernet itself, whose packets are frames.
 *
 * @throws ReplayError REPLAY_LINK_TYPE for a link type without a network layer that a NIC could receive
 */
export function linkLayer(linkType: number, name: string, file: string): LinkLayer | undefined {
  if (linkType === ETHERNET) return undefined;
  const found = LINK_LAYERS.get(linkType);
  if (found === undefined) {
    throw new ReplayError(
      'REPLAY_LINK_TYPE',
      `${file}: packets of link type ${linkType} (${name}) are no Ethernet frames and hold no IP that could be put ` +
        'into one: replay a capture of Ethernet, raw IP, loopback or Linux cooked (SLL) packets.',
    );
  }
  return found;
}
