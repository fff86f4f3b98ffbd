import type { ByteWindow } from './byte-window.ts';
import { CaptureError } from './capture-error.ts';
import { type CaptureInterface, MAX_INTERFACES } from './capture-interface.ts';
import { cutShort, type Decoder, damageAt } from './decoder.ts';
import type { PacketBatch } from './packet-batch.ts';
import {
  BYTE_ORDER_MAGIC,
  ENHANCED_PACKET,
  INTERFACE_DESCRIPTION,
  OBSOLETE_PACKET,
  SECTION_HEADER,
  SHORTEST_BLOCK,
  SHORTEST_INTERFACE,
  SHORTEST_SECTION_HEADER,
  SIMPLE_PACKET,
} from './pcapng-blocks.ts';
import { parseInterface } from './pcapng-interface.ts';
import { explainPacket, type Port, portOf, readPackets, readSimplePacket } from './pcapng-packets.ts';

const SWAPPED_BYTE_ORDER_MAGIC = 0x4d3c2b1a;

/** Room that a block may need besides its packet, for options: libpcap's and Wireshark's limit for a whole block. */
const OPTIONS_ROOM = 0x100_0000;

const UNDERSTOOD: ReadonlySet<number> = new Set([
  SECTION_HEADER,
  INTERFACE_DESCRIPTION,
  OBSOLETE_PACKET,
  SIMPLE_PACKET,
  ENHANCED_PACKET,
]);

/** Reads pcapng blocks, section by section; draft-ietf-opsawg-pcapng. */
export class PcapngDecoder implements Decoder {
  readonly interfaces: CaptureInterface[] = [];
  readonly #file: string;
  #littleEndian = true;
  /** The interfaces of the section. */
  #ports: Port[] = [];
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
    for (;;) {
      readPackets(window, batch, this.#ports, this.#littleEndian);
      if (batch.count === batch.capacity || !this.#block(window, batch)) return;
    }
  }

  end(window: ByteWindow, nextPacket: number): void {
    if (window.available === 0 && this.#skipping === 0) return;
    const what =
      this.#skipping === 0 ? cutShort(window) : `ends inside a block of ${this.#skipping} bytes that is not a packet`;
    throw new CaptureError('CAPTURE_TRUNCATED', this.#file, what, { offset: window.position, packet: nextPacket });
  }

  /**
   * Reads one block of any type (section 3.1); false if the batch must end before it, for want
   * of bytes (`window.wanted`) or because the byte order changes.
   */
  #block(window: ByteWindow, batch: PacketBatch): boolean {
    const { view, start: at, available } = window;
    if (available < SHORTEST_BLOCK) {
      window.wanted = SHORTEST_BLOCK;
      return false;
    }
    const type = view.getUint32(at, this.#littleEndian);
    const littleEndian = type === SECTION_HEADER ? this.#byteOrder(window, batch) : this.#littleEndian;
    // A batch has one byte order, that of its packets' options.
    if (littleEndian !== this.#littleEndian && batch.count > 0) return false;
    const length = view.getUint32(at + 4, littleEndian);
    if (length < SHORTEST_BLOCK || (length & 3) !== 0) {
      throw this.#damage(`a block claims a length of ${length}`, window, batch);
    }
    if (!UNDERSTOOD.has(type)) {
      this.#skipping = length;
      this.#skipLeft = length;
      return this.#skip(window, batch);
    }
    if (length > this.#longestBlock) {
      const what = `a block claims ${length} bytes, ${this.#longestBlock} is the most that is believed`;
      throw this.#damage(what, window, batch);
    }
    if (length > available) {
      window.wanted = length;
      return false;
    }
    if (view.getUint32(at + length - 4, littleEndian) !== length) {
      throw this.#damage('the two lengths of a block differ', window, batch);
    }
    const wrong = this.#read(type, length, littleEndian, window, batch);
    if (wrong !== undefined) throw this.#damage(wrong, window, batch);
    window.start = at + length;
    return true;
  }

  /** Reads a whole block that is understood; returns what is wrong with it. */
  #read(
    type: number,
    length: number,
    littleEndian: boolean,
    window: ByteWindow,
    batch: PacketBatch,
  ): string | undefined {
    if (type === SECTION_HEADER) return this.#section(length, littleEndian, window, batch);
    if (type === INTERFACE_DESCRIPTION) return this.#interface(length, window);
    if (type === SIMPLE_PACKET) return readSimplePacket(window, batch, this.#ports, littleEndian, length);
    return explainPacket(window, this.#ports, littleEndian, length);
  }

  #interface(length: number, window: ByteWindow): string | undefined {
    const at = window.start;
    if (length < SHORTEST_INTERFACE) return `an interface block claims a length of ${length}`;
    if (this.interfaces.length === MAX_INTERFACES) return `has more than ${MAX_INTERFACES} interfaces`;
    const parsed = parseInterface(window.bytes.subarray(at + 8, at + length - 4), this.#littleEndian);
    if (typeof parsed === 'string') return parsed;
    const port = portOf(parsed, this.interfaces.length);
    this.#longestBlock = Math.max(this.#longestBlock, port.longest + OPTIONS_ROOM);
    this.interfaces.push(parsed);
    this.#ports.push(port);
    return undefined;
  }

  /** Section 4.1. The section's own length is not used: blocks say where they end. */
  #section(length: number, littleEndian: boolean, window: ByteWindow, batch: PacketBatch): string | undefined {
    const { view, start: at } = window;
    if (length < SHORTEST_SECTION_HEADER) return `a section header claims a length of ${length}`;
    const major = view.getUint16(at + 12, littleEndian);
    if (major !== 1) {
      const minor = view.getUint16(at + 14, littleEndian);
      const what = `has a section of pcapng version ${major}.${minor}, only 1.x is known`;
      throw damageAt('CAPTURE_UNSUPPORTED', what, this.#file, window, at, batch);
    }
    this.#littleEndian = littleEndian;
    batch.littleEndian = littleEndian;
    this.#ports = [];
    return undefined;
  }

  #byteOrder(window: ByteWindow, batch: PacketBatch): boolean {
    const magic = window.view.getUint32(window.start + 8, true);
    if (magic !== BYTE_ORDER_MAGIC && magic !== SWAPPED_BYTE_ORDER_MAGIC) {
      throw this.#damage(`a section header has the byte-order magic 0x${magic.toString(16)}`, window, batch);
    }
    return magic === BYTE_ORDER_MAGIC;
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

  #damage(what: string, window: ByteWindow, batch: PacketBatch): CaptureError {
    return damageAt('CAPTURE_CORRUPT', what, this.#file, window, window.start, batch);
  }
}
