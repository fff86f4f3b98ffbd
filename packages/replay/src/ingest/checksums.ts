import { type IpFrame, ipFrame, parseIpFrame } from './ip-frame.ts';

const TCP = 6;
const UDP = 17;
/** Where the checksum lies in a segment, by protocol. */
const FIELDS: ReadonlyMap<number, number> = new Map([
  [TCP, 16],
  [UDP, 6],
]);

/** Adds 16-bit words in network order (RFC 1071 section 1); a last odd byte is the upper half of a word. */
function addWords(view: DataView, start: number, end: number, sum: number): number {
  let at = start;
  for (; at + 2 <= end; at += 2) sum += view.getUint16(at);
  return at < end ? sum + (view.getUint8(at) << 8) : sum;
}

function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return folded;
}

/** RFC 9293 section 3.1 and RFC 8200 section 8.1: addresses, protocol and length of the segment. */
function pseudoHeader(view: DataView, frame: IpFrame): number {
  const [start, end] = frame.version === 4 ? [frame.ip + 12, frame.ip + 20] : [frame.ip + 8, frame.ip + 40];
  return addWords(view, start, end, frame.protocol + (frame.end - frame.transport));
}

function checksumField(frame: IpFrame): number | undefined {
  const field = FIELDS.get(frame.protocol);
  if (field === undefined || frame.fragment || frame.transport + field + 2 > frame.end) return undefined;
  return frame.transport + field;
}

/**
 * Whether the TCP or UDP checksum is what Linux leaves to a NIC that computes it (CHECKSUM_PARTIAL): the sum of the
 * pseudo-header alone.
 */
export function hasPartialChecksum(view: DataView, frame: IpFrame): boolean {
  const field = checksumField(frame);
  return field !== undefined && view.getUint16(field) === fold(pseudoHeader(view, frame));
}

/** Computes IPv4 header, TCP and UDP checksums anew; a UDP checksum of 0 (none) stays. */
export function repairChecksums(bytes: Uint8Array, frame: IpFrame = ipFrame()): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!parseIpFrame(view, 0, bytes.length, frame)) return;
  if (frame.version === 4) {
    view.setUint16(frame.ip + 10, 0);
    view.setUint16(frame.ip + 10, 0xffff - fold(addWords(view, frame.ip, frame.transport, 0)));
  }
  const field = checksumField(frame);
  if (field === undefined) return;
  const isUdp = frame.protocol === UDP;
  if (isUdp && view.getUint16(field) === 0) return;
  view.setUint16(field, 0);
  const checksum = 0xffff - fold(addWords(view, frame.transport, frame.end, pseudoHeader(view, frame)));
  view.setUint16(field, isUdp && checksum === 0 ? 0xffff : checksum);
}
