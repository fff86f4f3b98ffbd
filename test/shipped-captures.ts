import { globSync } from 'node:fs';
import { join } from 'node:path';
import { openCapture } from '@hookline/pcap';

const ROOT = join(import.meta.dirname, '..');

/** The captures that ship, as paths below the project's root. */
export const CAPTURES: readonly string[] = globSync('pcaps/*.pcap{,ng}', { cwd: ROOT }).toSorted();

/** The frames of one of them, each with its time in nanoseconds since 1970. */
export async function framesOf(capture: string): Promise<{ readonly frame: Uint8Array; readonly time: bigint }[]> {
  const frames: { frame: Uint8Array; time: bigint }[] = [];
  for await (const packet of await openCapture(join(ROOT, capture))) {
    frames.push({ frame: packet.bytes, time: packet.timestamp ?? 0n });
  }
  return frames;
}
