import type { LinearMemory } from '@hookline/machine';

/** Up to here a loop beats the call into the runtime that copyWithin is. */
const SHORT = 64;

/** Copies bytes that do not overlap. Addresses are unsigned. */
export function copyMemory(memory: LinearMemory, target: number, source: number, length: number): void {
  if (length > SHORT) {
    memory.bytes.copyWithin(target, source, source + length);
    return;
  }
  const { view, bytes } = memory;
  let i = 0;
  for (; i + 4 <= length; i += 4) view.setInt32(target + i, view.getInt32(source + i, true), true);
  for (; i < length; i++) bytes[target + i] = bytes[source + i] as number;
}

/** Whether two ranges hold the same bytes. */
export function equalMemory(memory: LinearMemory, a: number, b: number, length: number): boolean {
  const { view, bytes } = memory;
  let i = 0;
  for (; i + 4 <= length; i += 4) if (view.getInt32(a + i, true) !== view.getInt32(b + i, true)) return false;
  for (; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}

/** A hash of some bytes, 32 bits: the mixing of MurmurHash3 (public domain, Austin Appleby) word by word. */
export function hashMemory(memory: LinearMemory, address: number, length: number): number {
  const { view, bytes } = memory;
  let hash = length;
  let i = 0;
  for (; i + 4 <= length; i += 4) hash = mix(hash, view.getInt32(address + i, true));
  for (; i < length; i++) hash = mix(hash, bytes[address + i] as number);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function mix(hash: number, word: number): number {
  const scrambled = Math.imul(word, 0xcc9e2d51);
  const rotated = Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593) ^ hash;
  return (Math.imul((rotated << 13) | (rotated >>> 19), 5) + 0xe6546b64) | 0;
}
