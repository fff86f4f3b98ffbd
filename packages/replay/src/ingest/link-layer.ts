import { ETHER_TYPE } from '@hookline/packet';
import { ReplayError } from '../replay-error.ts';

/** The way of a packet, as the capturing host saw it (numbers as in `epb_flags`). */
export const WAY = { UNKNOWN: 0, IN: 1, OUT: 2 } as const;

/** What precedes the network layer's bytes in packets of one link type. */
export interface LinkLayer {
  /** Bytes to take away. */
  readonly header: number;
  /** What an Ethernet header in front has in its type field; 0 where the packet fits behind none. */
  etherType(bytes: Uint8Array, offset: number, length: number): number;
  /** Offset of a 6-byte source address in the header, -1 where there is none. */
  source(bytes: Uint8Array, offset: number): number;
  /** `WAY`, where the header says it. */
  way(bytes: Uint8Array, offset: number): number;
}

const { IPV4, IPV6 } = ETHER_TYPE;

function u16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

function byVersion(bytes: Uint8Array, offset: number, length: number): number {
  if (length === 0) return 0;
  const version = (bytes[offset] as number) >> 4;
  return version === 4 ? IPV4 : version === 6 ? IPV6 : 0;
}

const UNADDRESSED = { source: () => -1, way: () => WAY.UNKNOWN };
const RAW: LinkLayer = { header: 0, etherType: byVersion, ...UNADDRESSED };

/** PF_INET is 2 everywhere; PF_INET6 is 10 on Linux, 24 on NetBSD, 28 on FreeBSD, 30 on macOS. */
const FAMILIES: ReadonlyMap<number, number> = new Map([
  [2, IPV4],
  [10, IPV6],
  [24, IPV6],
  [28, IPV6],
  [30, IPV6],
]);

/** LINKTYPE_NULL is in the byte order of the capturing host, LINKTYPE_LOOP in network order: families are below 256. */
const LOOPBACK: LinkLayer = {
  header: 4,
  etherType(bytes, offset) {
    const high = u16(bytes, offset);
    const low = u16(bytes, offset + 2);
    const family = high === 0 ? low : low === 0 && (high & 0xff) === 0 ? high >> 8 : 0;
    return FAMILIES.get(family) ?? 0;
  },
  ...UNADDRESSED,
};

const PACKET_OUTGOING = 4;
/** Length of an Ethernet address, as the header states it. */
const ADDRESS = 6;
/** ETH_P_802_3 and ETH_P_802_2 (linux/if_ether.h): Ethernet frames with a length where others have a type. */
const RAW_802_3 = 0x0001;
const LLC_802_2 = 0x0004;
const LEAST_ETHER_TYPE = 0x0600;

/** The protocol field of a cooked header, as a type field; other small numbers are protocols of other networks. */
function cookedType(protocol: number, payload: number): number {
  if (protocol === RAW_802_3 || protocol === LLC_802_2) return payload < LEAST_ETHER_TYPE ? payload : 0;
  return protocol >= LEAST_ETHER_TYPE ? protocol : 0;
}

/** https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html */
const SLL: LinkLayer = {
  header: 16,
  etherType: (bytes, offset, length) => cookedType(u16(bytes, offset + 14), length - 16),
  source: (bytes, offset) => (u16(bytes, offset + 4) === ADDRESS ? offset + 6 : -1),
  way: (bytes, offset) => (u16(bytes, offset) === PACKET_OUTGOING ? WAY.OUT : WAY.IN),
};
/** https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html */
const SLL2: LinkLayer = {
  header: 20,
  etherType: (bytes, offset, length) => cookedType(u16(bytes, offset), length - 20),
  source: (bytes, offset) => (bytes[offset + 11] === ADDRESS ? offset + 12 : -1),
  way: (bytes, offset) => (bytes[offset + 10] === PACKET_OUTGOING ? WAY.OUT : WAY.IN),
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
