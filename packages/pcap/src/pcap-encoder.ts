import type { Encoder, InterfaceDescription, PacketRecord } from './encoder.ts';
import { LINK_TYPE } from './link-types.ts';
import type { OutputBuffer } from './output-buffer.ts';

const MAGIC_NANOSECONDS = 0xa1b23c4d;
const FILE_HEADER = 24;
const RECORD_HEADER = 16;
/** What tcpdump writes for "no limit"; the format knows no 0. */
const NO_LIMIT = 262_144;
const FCS_LENGTH_PRESENT = 0x0400_0000;

/** Nanosecond pcap 2.4 (draft-ietf-opsawg-pcap). */
export class PcapEncoder implements Encoder {
  readonly lastSecond = 0xffff_ffff;

  refusesInterface({ name, description, fcsLength = 0 }: InterfaceDescription, index: number): string | undefined {
    if (index > 0) return 'pcap holds one interface';
    if (name !== undefined || description !== undefined) return 'pcap holds no interface name';
    if (fcsLength % 2 !== 0 || fcsLength > 30)
      return `pcap counts the FCS in pairs of octets up to 30, not ${fcsLength}`;
    return undefined;
  }

  refusesPacket({ flags, comments }: PacketRecord): string | undefined {
    if (flags !== 0) return 'pcap holds no packet direction or flags';
    if (comments.length > 0) return 'pcap holds no comments';
    return undefined;
  }

  begin(): void {}

  addInterface(out: OutputBuffer, { linkType, snapLength, fcsLength }: InterfaceDescription): void {
    const at = out.append(FILE_HEADER);
    const fcs = fcsLength === undefined ? 0 : FCS_LENGTH_PRESENT | ((fcsLength >>> 1) << 28);
    out.view.setUint32(at, MAGIC_NANOSECONDS, true);
    out.view.setUint16(at + 4, 2, true);
    out.view.setUint16(at + 6, 4, true);
    out.view.setUint32(at + 16, snapLength || NO_LIMIT, true);
    out.view.setUint32(at + 20, (linkType ?? LINK_TYPE.ethernet) | fcs, true);
  }

  addPacket(out: OutputBuffer, packet: PacketRecord): void {
    const at = out.append(RECORD_HEADER);
    out.view.setUint32(at, packet.seconds, true);
    out.view.setUint32(at + 4, packet.nanoseconds, true);
    out.view.setUint32(at + 8, packet.length, true);
    out.view.setUint32(at + 12, packet.originalLength, true);
    out.appendBytes(packet.bytes, packet.start, packet.length);
  }
}
