import { ETHER_TYPE } from '@hookline/packet';

/** Where the headers of an Ethernet frame with IPv4 or IPv6 lie, as offsets into its buffer; reused for every frame. */
export interface IpFrame {
  /** 4 or 6. */
  version: number;
  ip: number;
  /** Behind the IP header. */
  transport: number;
  /** 6, 17, or whatever the IP header says. */
  protocol: number;
  /** Of the IP packet, by its own length field; without Ethernet padding. */
  end: number;
  /** A fragment has no whole transport segment. */
  fragment: boolean;
}

export function ipFrame(): IpFrame {
  return { version: 0, ip: 0, transport: 0, protocol: 0, end: 0, fragment: false };
}

/** 802.1Q, 802.1ad, and what was used before there was 802.1ad. */
function isTag(etherType: number): boolean {
  return etherType === 0x8100 || etherType === 0x88a8 || etherType === 0x9100;
}

/** Everything in the flags and offset field but "don't fragment" (RFC 791 section 3.1). */
const FRAGMENT_BITS = 0x3fff;

function u16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
}

/**
 * Finds IP and transport of a frame: Ethernet, any VLAN tags, IPv4 with options or IPv6 without extension headers. A
 * length field of 0, which hosts leave to a NIC that segments, stands for all that is there.
 *
 * @param start of the frame in `bytes`
 * @param length of the frame
 * @returns false where there is none, or where it is cut short
 */
export function parseIpFrame(bytes: Uint8Array, start: number, length: number, into: IpFrame): boolean {
  const stop = start + length;
  let at = start + 12;
  while (at + 4 <= stop && isTag(u16(bytes, at))) at += 4;
  if (at + 2 > stop) return false;
  const etherType = u16(bytes, at);
  const ip = at + 2;
  into.ip = ip;
  if (etherType === ETHER_TYPE.IPV4 && ip + 20 <= stop) {
    const headerLength = ((bytes[ip] as number) & 0x0f) * 4;
    into.version = 4;
    into.transport = ip + headerLength;
    into.protocol = bytes[ip + 9] as number;
    const totalLength = u16(bytes, ip + 2);
    into.end = totalLength === 0 ? stop : ip + totalLength;
    into.fragment = (u16(bytes, ip + 6) & FRAGMENT_BITS) !== 0;
    return headerLength >= 20 && into.transport <= into.end && into.end <= stop;
  }
  if (etherType === ETHER_TYPE.IPV6 && ip + 40 <= stop) {
    into.version = 6;
    into.transport = ip + 40;
    into.protocol = bytes[ip + 6] as number;
    const payloadLength = u16(bytes, ip + 4);
    into.end = payloadLength === 0 ? stop : into.transport + payloadLength;
    into.fragment = false;
    return into.end <= stop;
  }
  return false;
}
