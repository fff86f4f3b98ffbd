import { DROP, type Packet, type Uint } from '@hookline/builder';
import { be32, be64, bytes, struct } from '@hookline/layout';

/*
 * The network of a packet's source as a number: the leading bits of its address, the others 0. What a masked address is
 * made of are words, so the header is read once more, as words.
 */

/** Bytes of the headers in front of the source address (RFC 791, RFC 8200). */
const Ipv4Words = struct('ipv4_words', { before: bytes(12), source: be32 }, { packed: true });
const Ipv6Words = struct('ipv6_words', { before: bytes(8), high: be64, low: be64 }, { packed: true });

const ALL_ONES = 2n ** 64n - 1n;

/** The leading bits of a 64-bit word. */
function mask64(bits: number): bigint {
  return ALL_ONES ^ (ALL_ONES >> BigInt(bits));
}

/** @param packet that has turned out to be IPv4, with a whole header */
export function networkV4(packet: Packet, prefixLength: number): Uint<'u32'> {
  const { source } = packet.ethernet().orReturn(DROP).payload(Ipv4Words).orReturn(DROP);
  return source.bitAnd(Number(mask64(32 + prefixLength) & 0xffff_ffffn));
}

/** @param packet that has turned out to be IPv6, with a whole header */
export function networkV6(packet: Packet, prefixLength: number): { high: Uint<'u64'>; low: Uint<'u64'> | number } {
  const words = packet.ethernet().orReturn(DROP).payload(Ipv6Words).orReturn(DROP);
  return {
    high: words.high.bitAnd(mask64(Math.min(prefixLength, 64))),
    low: prefixLength > 64 ? words.low.bitAnd(mask64(prefixLength - 64)) : 0,
  };
}
