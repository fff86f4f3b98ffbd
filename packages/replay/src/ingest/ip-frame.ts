/** Where the headers of an Ethernet frame with IPv4 or IPv6 lie, as offsets into a view; reused for every frame. */
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

const VLAN_TYPES = new Set([0x8100, 0x88a8, 0x9100]);
const IPV4_FRAGMENT = 0x3fff;

/**
 * Finds IP and transport of a frame: Ethernet, any VLAN tags, IPv4 with options or IPv6 without extension headers.
 *
 * @param start of the frame in `view`
 * @param length of the frame
 * @returns false where there is none, or where it is cut short
 */
export function parseIpFrame(view: DataView, start: number, length: number, into: IpFrame): boolean {
  const stop = start + length;
  let at = start + 12;
  while (at + 4 <= stop && VLAN_TYPES.has(view.getUint16(at))) at += 4;
  if (at + 2 > stop) return false;
  const etherType = view.getUint16(at);
  const ip = at + 2;
  into.ip = ip;
  if (etherType === 0x0800 && ip + 20 <= stop) {
    const headerLength = (view.getUint8(ip) & 0x0f) * 4;
    into.version = 4;
    into.transport = ip + headerLength;
    into.protocol = view.getUint8(ip + 9);
    into.end = ip + view.getUint16(ip + 2);
    into.fragment = (view.getUint16(ip + 6) & IPV4_FRAGMENT) !== 0;
    return headerLength >= 20 && into.transport <= into.end && into.end <= stop;
  }
  if (etherType === 0x86dd && ip + 40 <= stop) {
    into.version = 6;
    into.transport = ip + 40;
    into.protocol = view.getUint8(ip + 6);
    into.end = into.transport + view.getUint16(ip + 4);
    into.fragment = false;
    return into.end <= stop;
  }
  return false;
}
