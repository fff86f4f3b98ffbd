import type { LinearMemory } from '@hookline/machine';

/**
 * Internet checksums as the kernel keeps them (include/net/checksum.h): one's complement sums, unfolded in 32 bits, of
 * 16-bit words in the order of the host. All results are unsigned.
 */

/** `csum_add`. */
export function addSums(a: number, b: number): number {
  const sum = (a >>> 0) + (b >>> 0);
  return sum > 0xffff_ffff ? sum - 0xffff_ffff : sum;
}

/** `csum_sub`. */
export function subtractSums(a: number, b: number): number {
  return addSums(a, ~b);
}

/** `csum_partial`: the sum of some bytes; an odd one counts as the lower half of a word. */
export function sumMemory(memory: LinearMemory, address: number, length: number, seed: number): number {
  const { view, bytes } = memory;
  let sum = seed >>> 0;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    sum += view.getUint32(address + i, true);
    // A double holds the sum of 2^21 words exactly.
    if (sum > MOST_EXACT) sum = carryAround(sum);
  }
  let rest = 0;
  for (let shift = 0; i < length; i++, shift += 8) rest |= (bytes[address + i] as number) << shift;
  sum += rest >>> 0;
  while (sum > 0xffff_ffff) sum = carryAround(sum);
  return sum;
}

const MOST_EXACT = 2 ** 52;

function carryAround(sum: number): number {
  return Math.floor(sum / 2 ** 32) + (sum % 2 ** 32);
}

/** `csum_from32to16`: the sum in 16 bits. */
export function foldSum(sum: number): number {
  const once = (sum >>> 16) + (sum & 0xffff);
  return (once >>> 16) + (once & 0xffff);
}

/** `csum_fold`: a checksum as it stands in a header. */
export function checksumOf(sum: number): number {
  return ~foldSum(sum) & 0xffff;
}

/** `csum_replace4`: the checksum after a 32-bit word of what it covers has changed. */
export function replaceWord(checksum: number, from: number, to: number): number {
  return checksumOf(addSums(subtractSums(~checksum, from), to));
}

/** `csum_replace2`: the same for 16 bits. */
export function replaceHalf(checksum: number, from: number, to: number): number {
  return ~addHalves(addHalves(~checksum & 0xffff, ~from & 0xffff), to & 0xffff) & 0xffff;
}

function addHalves(a: number, b: number): number {
  const sum = a + b;
  return sum > 0xffff ? sum - 0xffff : sum;
}

/** `csum_replace_by_diff`: the same for a difference from bpf_csum_diff. */
export function replaceByDifference(checksum: number, difference: number): number {
  return checksumOf(addSums(difference, ~checksum));
}
