import { IP_PROTOCOL, internetChecksum, onesComplementSum, udpChecksum } from '@hookline/packet';
import type { IpFrame } from './ip-frame.ts';

/** Of the IPv4 header's checksum (RFC 791 section 3.1). */
const HEADER_CHECKSUM = 10;

function u16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
}

function writeU16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >> 8;
  bytes[offset + 1] = value & 0xff;
}

/** RFC 9293 section 3.1 and RFC 8200 section 8.1: addresses, protocol and length of the segment. */
function pseudoHeader(bytes: Uint8Array, { version, ip, protocol, transport, end }: IpFrame): number {
  const start = version === 4 ? ip + 12 : ip + 8;
  return onesComplementSum(bytes, start, version === 4 ? ip + 20 : ip + 40, protocol + (end - transport));
}

/** Where the TCP or UDP checksum lies; 0 where there is none. */
function checksumField({ protocol, fragment, transport, end }: IpFrame): number {
  const offset = protocol === IP_PROTOCOL.TCP ? 16 : protocol === IP_PROTOCOL.UDP ? 6 : 0;
  return offset === 0 || fragment || transport + offset + 2 > end ? 0 : transport + offset;
}

/**
 * Whether the sender left a checksum to its NIC: the TCP or UDP checksum is what Linux leaves there (CHECKSUM_PARTIAL),
 * the sum of the pseudo-header alone, or the IPv4 header's is 0. A checksum that is right by chance does not count.
 */
export function hasPartialChecksum(bytes: Uint8Array, frame: IpFrame): boolean {
  const { version, ip, transport, end } = frame;
  if (version === 4 && u16(bytes, ip + HEADER_CHECKSUM) === 0 && internetChecksum(bytes, ip, transport) !== 0) {
    return true;
  }
  const field = checksumField(frame);
  if (field === 0) return false;
  const sum = pseudoHeader(bytes, frame);
  return u16(bytes, field) === sum && internetChecksum(bytes, transport, end, sum) !== 0;
}

/** Computes IPv4 header, TCP and UDP checksums anew; a UDP checksum of 0 (none) stays. */
export function repairChecksums(bytes: Uint8Array, frame: IpFrame): void {
  const { version, ip, protocol, transport, end } = frame;
  if (version === 4) {
    writeU16(bytes, ip + HEADER_CHECKSUM, 0);
    writeU16(bytes, ip + HEADER_CHECKSUM, internetChecksum(bytes, ip, transport));
  }
  const field = checksumField(frame);
  if (field === 0) return;
  const isUdp = protocol === IP_PROTOCOL.UDP;
  if (isUdp && u16(bytes, field) === 0) return;
  writeU16(bytes, field, 0);
  const checksum = isUdp ? udpChecksum : internetChecksum;
  writeU16(bytes, field, checksum(bytes, transport, end, pseudoHeader(bytes, frame)));
}
