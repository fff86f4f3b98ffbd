import { IP_PROTOCOL, TCP_FLAGS } from '@hookline/packet';
import { repairChecksums } from './checksums.ts';
import { type IpFrame, parseIpFrame } from './ip-frame.ts';

const { FIN, PSH, CWR } = TCP_FLAGS;
const TCP_HEADER = 20;

/**
 * Cuts an oversize TCP frame into the segments that a NIC makes of it (TSO): the payload in pieces that fit the MTU,
 * sequence numbers and IPv4 identifications counted up, FIN and PSH only on the last, CWR only on the first, checksums
 * right (`tcp_gso_segment` and `inet_gso_segment` in net/ipv4).
 *
 * @param ip scratch
 * @returns undefined where the frame is no such TCP segment
 */
export function segment(frame: Uint8Array, mtu: number, ip: IpFrame): Uint8Array[] | undefined {
  if (!parseIpFrame(frame, 0, frame.length, ip) || ip.fragment || ip.protocol !== IP_PROTOCOL.TCP) return undefined;
  if (ip.transport + TCP_HEADER > ip.end) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const { version, ip: network, transport, end } = ip;
  const payload = transport + (view.getUint8(transport + 12) >> 4) * 4;
  const room = mtu - (payload - network);
  if (payload < transport + TCP_HEADER || payload >= end || room <= 0) return undefined;

  const sequence = view.getUint32(transport + 4);
  const flags = view.getUint8(transport + 13);
  const segments: Uint8Array[] = [];
  for (let at = payload; at < end; at += room) {
    const stop = Math.min(at + room, end);
    const piece = new Uint8Array(payload + stop - at);
    piece.set(frame.subarray(0, payload));
    piece.set(frame.subarray(at, stop), payload);
    const out = new DataView(piece.buffer);
    if (version === 4) {
      out.setUint16(network + 2, piece.length - network);
      out.setUint16(network + 4, view.getUint16(network + 4) + segments.length);
    } else {
      out.setUint16(network + 4, piece.length - transport);
    }
    out.setUint32(transport + 4, sequence + (at - payload));
    const keep = (stop === end ? FIN | PSH : 0) | (at === payload ? CWR : 0) | ~(FIN | PSH | CWR);
    out.setUint8(transport + 13, flags & keep);
    ip.end = piece.length;
    repairChecksums(piece, ip);
    segments.push(piece);
  }
  return segments;
}
