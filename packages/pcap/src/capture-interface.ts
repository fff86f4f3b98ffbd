/** One interface of a capture. A pcap file has exactly one, without a name. */
export interface CaptureInterface {
  /** LINKTYPE_ number of its packets, see {@link linkTypeName}. */
  readonly linkType: number;
  /** Most bytes recorded of a packet; 0 means no limit. */
  readonly snapLength: number;
  readonly name: string | undefined;
  readonly description: string | undefined;
  /** Octets of frame check sequence at the end of each packet; undefined if the capture does not say. */
  readonly fcsLength: number | undefined;
  /** Timestamp units in a second, as a power: `{ base: 10, exponent: 6 }` is microseconds. */
  readonly resolution: TimestampResolution;
  /** Seconds added to every timestamp (already applied by the reader). */
  readonly timestampOffset: bigint;
}

/** A timestamp unit of `base` to the power of `-exponent` seconds. */
export interface TimestampResolution {
  readonly base: 2 | 10;
  readonly exponent: number;
}

/**
 * Most interfaces that one capture may have, over all its sections: the batch's column holds 16 bits, and a hostile
 * file must not make the reader remember more than that.
 */
export const MAX_INTERFACES = 0x10000;

const KIBI = 1024;
const MEBI = KIBI * KIBI;

/** libpcap's MAXIMUM_SNAPLEN (pcap-int.h), and the link types whose packets may be larger (max_snaplen_for_dlt). */
const MAX_PACKET = 256 * KIBI;
const MAX_PACKET_OF: ReadonlyMap<number, number> = new Map([
  [186, 128 * MEBI], // USB (FreeBSD)
  [189, 128 * MEBI], // USB_LINUX
  [220, 128 * MEBI], // USB_LINUX_MMAPPED
  [231, 128 * MEBI], // DBUS
  [249, 128 * MEBI], // USBPCAP
  [266, 128 * MEBI], // USB_DARWIN
  [279, 8 * MEBI], // EBHSCR
]);

/** Longest captured packet that is believed for a link type. */
export function maxCapturedLength(linkType: number): number {
  return MAX_PACKET_OF.get(linkType) ?? MAX_PACKET;
}

/** Says that a packet is longer than is believed. */
export function tooLong(captured: number, longest: number): string {
  return `a packet claims ${captured} captured bytes, ${longest} is the most that is believed`;
}
