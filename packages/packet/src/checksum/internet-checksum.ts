/** Bytes whose 16-bit words can be added without leaving 31 bits: 32 KiB of 0xffff. */
const CHUNK = 0x8000;

function fold(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return (once & 0xffff) + (once >>> 16);
}

/**
 * The one's complement sum of bytes as big-endian 16-bit words (RFC 1071 section 1), folded to 16 bits and not yet
 * complemented, so that it can be continued: pass it as `initial` for the next bytes. Only the last part of a chain
 * may have an odd length; its last byte counts as the upper half of a word.
 *
 * @param initial the sum so far, at most 32 bits
 */
export function onesComplementSum(bytes: Uint8Array, start = 0, end: number = bytes.length, initial = 0): number {
  let sum = fold(initial);
  for (let chunk = start; chunk < end; chunk += CHUNK) {
    const stop = Math.min(chunk + CHUNK, end);
    let i = chunk;
    for (; i + 1 < stop; i += 2) sum += ((bytes[i] as number) << 8) | (bytes[i + 1] as number);
    if (i < stop) sum += (bytes[i] as number) << 8;
    sum = fold(sum);
  }
  return sum;
}

/**
 * The Internet checksum (RFC 1071): what the checksum field of these bytes must hold, where the field itself is 0 in
 * them. Over bytes whose field is filled correctly it is 0.
 */
export function internetChecksum(bytes: Uint8Array, start = 0, end: number = bytes.length, initial = 0): number {
  return ~onesComplementSum(bytes, start, end, initial) & 0xffff;
}

/**
 * The checksum of UDP, which says "none was made" with 0: a computed 0 is sent as 0xffff, its equal in one's complement
 * (RFC 768, RFC 8200 section 8.1).
 */
export function udpChecksum(bytes: Uint8Array, start = 0, end: number = bytes.length, initial = 0): number {
  return internetChecksum(bytes, start, end, initial) || 0xffff;
}

/**
 * The sum of the pseudo-header that TCP, UDP and ICMPv6 are checked together with, for `initial` above. IPv4 (RFC 9293
 * section 3.1) and IPv6 (RFC 8200 section 8.1) give the same sum for the same numbers.
 *
 * @param addresses bytes that hold source and destination one after the other, as an IP header does
 * @param start where the source begins: 12 bytes into an IPv4 header, 8 into an IPv6 header
 * @param end where the destination ends: 20 bytes into an IPv4 header, 40 into an IPv6 header
 * @param protocol the upper protocol, never an extension header
 * @param length bytes of the upper protocol's header and data
 */
export function pseudoHeaderSum(
  addresses: Uint8Array,
  start: number,
  end: number,
  protocol: number,
  length: number,
): number {
  const rest = protocol + (length & 0xffff) + (length >>> 16);
  return onesComplementSum(addresses, start, end, rest);
}

/**
 * The checksum after one 16-bit word under it changed (RFC 1624 equation 3: HC' = ~(~HC + ~m + m')).
 *
 * @param checksum the value in the field before; for UDP a 0 there means that there is none to update
 */
export function updateChecksum(checksum: number, before: number, after: number): number {
  return ~fold((~checksum & 0xffff) + (~before & 0xffff) + (after & 0xffff)) & 0xffff;
}

/** `updateChecksum` for a 32-bit value, such as an IPv4 address or a sequence number. */
export function updateChecksum32(checksum: number, before: number, after: number): number {
  const upper = updateChecksum(checksum, before >>> 16, after >>> 16);
  return updateChecksum(upper, before & 0xffff, after & 0xffff);
}
