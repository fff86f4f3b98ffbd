import type { ByteWindow } from './byte-window.ts';
import { CaptureError } from './capture-error.ts';
import { type CaptureInterface, MAX_INTERFACES, maxCapturedLength } from './capture-interface.ts';
import { type Decoder, damageAt } from './decoder.ts';
import type { PacketBatch } from './packet-batch.ts';
import { cutShort, tooLong } from './pcap-decoder.ts';
import { parseInterface } from './pcapng-interface.ts';
import { findPacketFlags } from './pcapng-options.ts';
import { TimestampScale } from './timestamp-scale.ts';

/** Block types (draft-ietf-opsawg-pcapng, section 11.1). The Section Header's reads the same in both byte orders. */
export const SECTION_HEADER = 0x0a0d0d0a;
export const INTERFACE_DESCRIPTION = 1;
export const OBSOLETE_PACKET = 2;
export const SIMPLE_PACKET = 3;
export const ENHANCED_PACKET = 6;

/** Byte-order magic of a section header, as its writer's byte order stores it. */
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const SWAPPED_BYTE_ORDER_MAGIC = 0x4d3c2b1a;

/** Type, length, and length again: the shortest block. */
const SHORTEST_BLOCK = 12;
const SHORTEST_SECTION_HEADER = 28;
const SHORTEST_INTERFACE = 20;
const SHORTEST_PACKET = 32;
const SHORTEST_SIMPLE_PACKET = 16;

/** Room that a block may need besides its packet, for options: libpcap's and Wireshark's limit for a whole block. */
const OPTIONS_ROOM = 0x100_0000;

function isUnderstood(type: number): boolean {
  return (
    type === ENHANCED_PACKET ||
    type === SIMPLE_PACKET ||
    type === INTERFACE_DESCRIPTION ||
    type === SECTION_HEADER ||
    type === OBSOLETE_PACKET
  );
}

/** One interface of the current section, as the packet loop needs it. */
interface Port {
  readonly scale: TimestampScale;
  readonly longest: number;
  readonly snapLength: number;
}

/** Reads pcapng blocks, section by section; draft-ietf-opsawg-pcapng. */
export class PcapngDecoder implements Decoder {
  readonly interfaces: CaptureInterface[] = [];
  readonly #file: string;
  #littleEndian = true;
  /** The section's interfaces, and where they start among all. */
  #ports: Port[] = [];
  #firstInterface = 0;
  #longestBlock = OPTIONS_ROOM;
  /** Length of a block that is being skipped, 0 if none is, and how much of it is still to come. */
  #skipping = 0;
  #skipLeft = 0;

  constructor(file: string) {
    this.#file = file;
  }

  decode(window: ByteWindow, batch: PacketBatch): void {
    window.wanted = 0;
    if (this.#skipping !== 0 && !this.#skip(window, batch)) return;
    const { view, end } = window;
    while (batch.count < batch.capacity) {
      const at = window.start;
      if (end - at < SHORTEST_BLOCK) {
        window.wanted = SHORTEST_BLOCK;
        return;
      }
      const little = this.#littleEndian;
      const type = view.getUint32(at, little);
      const order = type === SECTION_HEADER ? this.#byteOrder(window, batch) : little;
      const length = view.getUint32(at + 4, order);
      if (length < SHORTEST_BLOCK || (length & 3) !== 0) {
        throw this.#damage(`a block claims a length of ${length}`, window, batch);
      }
      if (!isUnderstood(type)) {
        if (!this.#beginSkip(length, window, batch)) return;
        continue;
      }
      if (length > this.#longestBlock) {
        throw this.#damage(
          `a block claims ${length} bytes, ${this.#longestBlock} is the most that is believed`,
          window,
          batch,
        );
      }
      if (length > end - at) {
        window.wanted = length;
        return;
      }
      if (view.getUint32(at + length - 4, order) !== length) {
        throw this.#damage('the two lengths of a block differ', window, batch);
      }
      if (type === ENHANCED_PACKET || type === OBSOLETE_PACKET) this.#packet(type, length, window, batch);
      else if (type === SIMPLE_PACKET) this.#simplePacket(length, window, batch);
      else if (type === INTERFACE_DESCRIPTION) this.#interface(length, window, batch);
      else this.#section(length, order, window, batch);
      window.start = at + length;
    }
  }

  end(window: ByteWindow, nextPacket: number): void {
    if (window.available === 0 && this.#skipping === 0) return;
    const what =
      this.#skipping === 0 ? cutShort(window) : `ends inside a block of ${this.#skipping} bytes that is not a packet`;
    throw new CaptureError('CAPTURE_TRUNCATED', this.#file, what, { offset: window.position, packet: nextPacket });
  }

  /** Enhanced and obsolete Packet Blocks (sections 4.3 and A) differ only in the interface and a drop counter. */
  #packet(type: number, length: number, window: ByteWindow, batch: PacketBatch): void {
    const { view, start: at } = window;
    const little = this.#littleEndian;
    if (length < SHORTEST_PACKET) throw this.#damage(`a packet block claims a length of ${length}`, window, batch);
    const id = type === ENHANCED_PACKET ? view.getUint32(at + 8, little) : view.getUint16(at + 8, little);
    const port = this.#ports[id];
    if (port === undefined) throw this.#unknownInterface(id, window, batch);
    const captured = view.getUint32(at + 20, little);
    if (captured > port.longest) throw this.#damage(tooLong(captured, port.longest), window, batch);
    const options = at + 28 + ((captured + 3) & ~3);
    const optionsEnd = at + length - 4;
    if (options > optionsEnd) {
      throw this.#damage(`a packet of ${captured} bytes does not fit its block of ${length}`, window, batch);
    }
    const index = batch.count;
    port.scale.write(view.getUint32(at + 12, little), view.getUint32(at + 16, little), batch, index);
    batch.timed[index] = 1;
    batch.offset[index] = at + 28;
    batch.capturedLength[index] = captured;
    batch.originalLength[index] = view.getUint32(at + 24, little);
    batch.interfaceIndex[index] = this.#firstInterface + id;
    batch.optionsOffset[index] = options;
    batch.optionsLength[index] = optionsEnd - options;
    batch.flags[index] = options === optionsEnd ? 0 : findPacketFlags(view, options, optionsEnd, little);
    batch.count = index + 1;
  }

  /** Section 4.4: no timestamp, always the first interface, captured length implied by the snap length. */
  #simplePacket(length: number, window: ByteWindow, batch: PacketBatch): void {
    const { view, start: at } = window;
    const port = this.#ports[0];
    if (port === undefined) throw this.#unknownInterface(0, window, batch);
    if (length < SHORTEST_SIMPLE_PACKET)
      throw this.#damage(`a packet block claims a length of ${length}`, window, batch);
    const original = view.getUint32(at + 8, this.#littleEndian);
    const captured = Math.min(original, port.snapLength === 0 ? original : port.snapLength);
    if (captured > port.longest) throw this.#damage(tooLong(captured, port.longest), window, batch);
    if (captured > length - SHORTEST_SIMPLE_PACKET) {
      throw this.#damage(`a packet of ${captured} bytes does not fit its block of ${length}`, window, batch);
    }
    const index = batch.count;
    batch.timed[index] = 0;
    batch.seconds[index] = 0;
    batch.nanoseconds[index] = 0;
    batch.offset[index] = at + 12;
    batch.capturedLength[index] = captured;
    batch.originalLength[index] = original;
    batch.interfaceIndex[index] = this.#firstInterface;
    batch.optionsLength[index] = 0;
    batch.flags[index] = 0;
    batch.count = index + 1;
  }

  #interface(length: number, window: ByteWindow, batch: PacketBatch): void {
    const at = window.start;
    if (length < SHORTEST_INTERFACE)
      throw this.#damage(`an interface block claims a length of ${length}`, window, batch);
    if (this.interfaces.length === MAX_INTERFACES) {
      throw this.#damage(`has more than ${MAX_INTERFACES} interfaces`, window, batch);
    }
    const parsed = parseInterface(window.bytes.subarray(at + 8, at + length - 4), this.#littleEndian);
    if (typeof parsed === 'string') throw this.#damage(parsed, window, batch);
    const longest = maxCapturedLength(parsed.linkType);
    this.#longestBlock = Math.max(this.#longestBlock, longest + OPTIONS_ROOM);
    this.interfaces.push(parsed);
    this.#ports.push({
      scale: new TimestampScale(parsed.resolution, parsed.timestampOffset),
      longest,
      snapLength: parsed.snapLength,
    });
  }

  /** Section 4.1. The section's own length is not used: blocks say where they end. */
  #section(length: number, littleEndian: boolean, window: ByteWindow, batch: PacketBatch): void {
    const { view, start: at } = window;
    if (length < SHORTEST_SECTION_HEADER)
      throw this.#damage(`a section header claims a length of ${length}`, window, batch);
    const major = view.getUint16(at + 12, littleEndian);
    if (major !== 1) {
      const minor = view.getUint16(at + 14, littleEndian);
      const what = `has a section of pcapng version ${major}.${minor}, only 1.x is known`;
      throw damageAt('CAPTURE_UNSUPPORTED', what, this.#file, window, at, batch);
    }
    this.#littleEndian = littleEndian;
    batch.littleEndian = littleEndian;
    this.#ports = [];
    this.#firstInterface = this.interfaces.length;
  }

  #byteOrder(window: ByteWindow, batch: PacketBatch): boolean {
    const magic = window.view.getUint32(window.start + 8, true);
    if (magic !== BYTE_ORDER_MAGIC && magic !== SWAPPED_BYTE_ORDER_MAGIC) {
      throw this.#damage(`a section header has the byte-order magic 0x${magic.toString(16)}`, window, batch);
    }
    return magic === BYTE_ORDER_MAGIC;
  }

  #beginSkip(length: number, window: ByteWindow, batch: PacketBatch): boolean {
    this.#skipping = length;
    this.#skipLeft = length;
    return this.#skip(window, batch);
  }

  /** Passes over a block of any length without holding it, checks its second length; false if more bytes are needed. */
  #skip(window: ByteWindow, batch: PacketBatch): boolean {
    const pass = Math.min(this.#skipLeft - 4, window.available);
    window.start += pass;
    this.#skipLeft -= pass;
    if (window.available < this.#skipLeft) {
      window.wanted = 4;
      return false;
    }
    if (window.view.getUint32(window.start, this.#littleEndian) !== this.#skipping) {
      throw this.#damage('the two lengths of a block differ', window, batch);
    }
    window.start += 4;
    this.#skipping = 0;
    return true;
  }

  #unknownInterface(id: number, window: ByteWindow, batch: PacketBatch): CaptureError {
    return this.#damage(`a packet names interface ${id}, its section has ${this.#ports.length}`, window, batch);
  }

  #damage(what: string, window: ByteWindow, batch: PacketBatch): CaptureError {
    return damageAt('CAPTURE_CORRUPT', what, this.#file, window, window.start, batch);
  }
}
