/** The low `size` bytes of a number in the opposite order; bytes above them are left out. */
export function swapBytes(value: bigint, size: number): bigint {
  let swapped = 0n;
  for (let i = 0; i < size; i++) swapped = (swapped << 8n) | ((value >> BigInt(8 * i)) & 0xffn);
  return swapped;
}
