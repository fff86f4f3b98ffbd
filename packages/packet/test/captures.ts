import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openCapture } from '@hookline/pcap';

/** A packet of a capture file. */
export interface Captured {
  /** The file's name and the packet's number in it. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly originalLength: number;
  readonly linkType: number;
}

/** Captures that are kept beside the project, because they belong to others. */
const ROOT = join(import.meta.dirname, '../../../../shared/captures');

/** Why there are no captures; empty where there are. */
export const capturesMissing: string = existsSync(ROOT) ? '' : `no captures in ../shared/captures`;

/** Every packet with one of these link types; of a damaged file those before the damage. */
export async function capturedPackets(linkTypes: ReadonlySet<number>): Promise<readonly Captured[]> {
  const packets: Captured[] = [];
  for (const folder of ['tcpdump', 'pcapng']) {
    for (const file of readdirSync(join(ROOT, folder)).sort()) {
      if (!file.includes('.pcap')) continue;
      try {
        for await (const packet of await openCapture(join(ROOT, folder, file))) {
          const { linkType } = packet.interface;
          if (!linkTypes.has(linkType)) continue;
          const { bytes, originalLength, number } = packet;
          packets.push({ name: `${file} #${number}`, bytes, originalLength, linkType });
        }
      } catch (error) {
        if ((error as { code?: unknown }).code === undefined) throw error;
      }
    }
  }
  return packets;
}
