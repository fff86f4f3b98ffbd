import { crc32 } from 'node:zlib';

/**
 * The frame check sequence of an Ethernet frame (IEEE 802.3 clause 3.2.9): the CRC-32 of everything from the destination
 * address to the padding, as a number. On the wire its bytes follow the frame least significant first.
 */
export function frameCheckSequence(frame: Uint8Array): number {
  return crc32(frame);
}

/** Whether the last four bytes are the frame check sequence of those before. */
export function hasFrameCheckSequence(frame: Uint8Array): boolean {
  if (frame.length < 4) return false;
  const end = frame.length - 4;
  const stored = new DataView(frame.buffer, frame.byteOffset, frame.length).getUint32(end, true);
  return stored === frameCheckSequence(frame.subarray(0, end));
}
