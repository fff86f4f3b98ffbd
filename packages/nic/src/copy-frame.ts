import { Buffer } from 'node:buffer';
import type { LinearMemory } from '@hookline/machine';

/** Up to here a loop over words beats the engine's copy (60 bytes: 11 against 27 ns; they meet at about 200). */
const LOOP_LIMIT = 192;
const copyBytes = Buffer.prototype.copy;

/**
 * Copies a frame into the machine's memory: what a device's DMA engine does.
 *
 * Up to 3 bytes behind the frame may change too, within its last 32-bit word.
 *
 * @param target address; a multiple of 4 for the fastest way
 */
export function copyFrame(
  memory: LinearMemory,
  bytes: Uint8Array,
  offset: number,
  target: number,
  length: number,
): void {
  if (bytes !== memory.bytes) {
    // Unlike `set(subarray())` this makes no view (60 bytes: 31 against 41 ns).
    copyBytes.call(bytes, memory.bytes, target, offset, offset + length);
  } else if (length <= LOOP_LIMIT && ((offset | target) & 3) === 0) {
    const words = memory.words;
    const from = offset >>> 2;
    const to = target >>> 2;
    const count = (length + 3) >>> 2;
    for (let i = 0; i < count; i++) words[to + i] = words[from + i] as number;
  } else {
    bytes.copyWithin(target, offset, offset + length);
  }
}
