import type { Encoder, InterfaceDescription, PacketRecord } from './encoder.ts';
import { LINK_TYPE } from './link-types.ts';
import type { OutputBuffer } from './output-buffer.ts';
import { BYTE_ORDER_MAGIC, ENHANCED_PACKET, INTERFACE_DESCRIPTION, SECTION_HEADER } from './pcapng-blocks.ts';
import {
  IF_DESCRIPTION,
  IF_FCSLEN,
  IF_NAME,
  IF_TSRESOL,
  OPTION_COMMENT,
  OPTION_LIMIT,
  PACKET_FLAGS,
} from './pcapng-options.ts';

const NANOSECONDS = Uint8Array.of(9);
const PER_SECOND = 1_000_000_000;
const TWO_32 = 0x1_0000_0000;
const text = new TextEncoder();

/** One section of pcapng 1.0 with nanosecond timestamps (draft-ietf-opsawg-pcapng). */
export class PcapngEncoder implements Encoder {
  /** 2^64 nanoseconds. */
  readonly lastSecond = 18_446_744_072;

  refusesInterface({ name = '', description = '' }: InterfaceDescription): string | undefined {
    return tooLongText('an interface name', name) ?? tooLongText('an interface description', description);
  }

  refusesPacket({ comments }: PacketRecord): string | undefined {
    for (const comment of comments) {
      const refusal = tooLongText('a comment', comment);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  begin(out: OutputBuffer): void {
    const at = beginBlock(out, SECTION_HEADER, 16);
    out.view.setUint32(at, BYTE_ORDER_MAGIC, true);
    out.view.setUint16(at + 4, 1, true);
    // A section length of -1: not stated, the blocks say where they end.
    out.view.setInt32(at + 8, -1, true);
    out.view.setInt32(at + 12, -1, true);
    endBlock(out, at);
  }

  addInterface(out: OutputBuffer, { linkType, name, description, snapLength, fcsLength }: InterfaceDescription): void {
    const at = beginBlock(out, INTERFACE_DESCRIPTION, 8);
    out.view.setUint16(at, linkType ?? LINK_TYPE.ethernet, true);
    out.view.setUint32(at + 4, snapLength ?? 0, true);
    if (name !== undefined) addOption(out, IF_NAME, text.encode(name));
    if (description !== undefined) addOption(out, IF_DESCRIPTION, text.encode(description));
    addOption(out, IF_TSRESOL, NANOSECONDS);
    if (fcsLength !== undefined) addOption(out, IF_FCSLEN, Uint8Array.of(fcsLength));
    out.append(4);
    endBlock(out, at);
  }

  addPacket(out: OutputBuffer, packet: PacketRecord): void {
    const at = beginBlock(out, ENHANCED_PACKET, 20);
    const { view } = out;
    view.setUint32(at, packet.interfaceIndex, true);
    // seconds * 10^9 + nanoseconds in 64 bits, from products below 2^53.
    const low = (packet.seconds % 0x10000) * PER_SECOND + packet.nanoseconds;
    const high = Math.floor(packet.seconds / 0x10000) * PER_SECOND;
    const words = low + (high % 0x10000) * 0x10000;
    view.setUint32(at + 4, Math.floor(high / 0x10000) + Math.floor(words / TWO_32), true);
    view.setUint32(at + 8, words % TWO_32, true);
    view.setUint32(at + 12, packet.length, true);
    view.setUint32(at + 16, packet.originalLength, true);
    out.appendBytes(packet.bytes, packet.start, packet.length);
    pad(out, packet.length);
    if (packet.flags !== 0 || packet.comments.length > 0) addPacketOptions(out, packet);
    endBlock(out, at);
  }
}

function addPacketOptions(out: OutputBuffer, { flags, comments }: PacketRecord): void {
  for (const comment of comments) addOption(out, OPTION_COMMENT, text.encode(comment));
  if (flags !== 0) {
    const at = out.append(8);
    out.view.setUint16(at, PACKET_FLAGS, true);
    out.view.setUint16(at + 2, 4, true);
    out.view.setUint32(at + 4, flags, true);
  }
  out.append(4);
}

function addOption(out: OutputBuffer, code: number, value: Uint8Array): void {
  const at = out.append(4);
  out.view.setUint16(at, code, true);
  out.view.setUint16(at + 2, value.length, true);
  out.appendBytes(value, 0, value.length);
  pad(out, value.length);
}

/** Appends a block's type, length and fixed body; returns where the body starts. */
function beginBlock(out: OutputBuffer, type: number, body: number): number {
  const at = out.append(8 + body);
  out.view.setUint32(at, type, true);
  return at + 8;
}

function endBlock(out: OutputBuffer, body: number): void {
  const trailer = out.append(4);
  const length = trailer + 4 - (body - 8);
  out.view.setUint32(body - 4, length, true);
  out.view.setUint32(trailer, length, true);
}

function pad(out: OutputBuffer, length: number): void {
  if ((length & 3) !== 0) out.append(4 - (length & 3));
}

function tooLongText(what: string, value: string): string | undefined {
  const length = Buffer.byteLength(value);
  return length > OPTION_LIMIT ? `${what} of ${length} bytes is longer than an option's ${OPTION_LIMIT}` : undefined;
}
