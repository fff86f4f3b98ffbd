/*
 * Maglev hashing as the paper writes it down (NSDI 2016, section 3.4), without any of the load balancer's code: whole
 * permutations, then pseudocode 1 line by line. The two hashes are MurmurHash3_x86_32 in BigInt.
 */

const MASK = 0xffff_ffffn;

function murmur(bytes: Uint8Array, seed: bigint): bigint {
  const rotl = (value: bigint, by: bigint) => ((value << by) | (value >> (32n - by))) & MASK;
  const stir = (word: bigint) => (rotl((word * 0xcc9e2d51n) & MASK, 15n) * 0x1b873593n) & MASK;
  let hash = seed;
  const words = Math.floor(bytes.length / 4);
  const little = (from: number, to: number) =>
    bytes.slice(from, to).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  for (let i = 0; i < words; i++) {
    hash = (rotl(hash ^ stir(little(4 * i, 4 * i + 4)), 13n) * 5n + 0xe6546b64n) & MASK;
  }
  hash ^= stir(little(4 * words, bytes.length));
  hash ^= BigInt(bytes.length);
  hash = ((hash ^ (hash >> 16n)) * 0x85ebca6bn) & MASK;
  hash = ((hash ^ (hash >> 13n)) * 0xc2b2ae35n) & MASK;
  return hash ^ (hash >> 16n);
}

/** offset = h1(name) mod M, skip = h2(name) mod (M - 1) + 1, permutation[j] = (offset + j * skip) mod M. */
export function permutationsOf(backends: readonly { readonly identity: Uint8Array }[], size: number): number[][] {
  return backends.map(({ identity }) => {
    const offset = Number(murmur(identity, 0x6d61676cn) % BigInt(size));
    const skip = Number(murmur(identity, 0x65762121n) % BigInt(size - 1)) + 1;
    return Array.from({ length: size }, (_, j) => (offset + j * skip) % size);
  });
}

/** Pseudocode 1: populate the lookup table. */
export function paperTable(permutation: readonly (readonly number[])[], size: number): number[] {
  const next = permutation.map(() => 0);
  const entry = new Array<number>(size).fill(-1);
  let n = 0;
  for (;;) {
    for (let i = 0; i < permutation.length; i++) {
      let c = permutation[i]?.[next[i] ?? 0] ?? 0;
      while ((entry[c] ?? 0) >= 0) {
        next[i] = (next[i] ?? 0) + 1;
        c = permutation[i]?.[next[i] ?? 0] ?? 0;
      }
      entry[c] = i;
      next[i] = (next[i] ?? 0) + 1;
      n++;
      if (n === size) return entry;
    }
  }
}

export function paperTableOf(backends: readonly { readonly identity: Uint8Array }[], size: number): number[] {
  return paperTable(permutationsOf(backends, size), size);
}
