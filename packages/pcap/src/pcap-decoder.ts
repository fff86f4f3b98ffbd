import type { ByteWindow } from './byte-window.ts';
import { CaptureError } from './capture-error.ts';
import { type CaptureInterface, maxCapturedLength, tooLong } from './capture-interface.ts';
import { cutShort, type Decoder, damageAt } from './decoder.ts';
import type { PacketBatch } from './packet-batch.ts';

/** Length of the file header (draft-ietf-opsawg-pcap, section 4). */
export const PCAP_FILE_HEADER = 24;

interface Variant {
  readonly littleEndian: boolean;
  /** Units of the timestamp's fraction in a second. */
  readonly fraction: number;
  /** Length of a record's header. */
  readonly recordHeader: number;
}

/**
 * File magics, as the first four bytes read big-endian. The modified format is that of Alexey Kuznetzov's libpcap
 * patches: after the usual 16 bytes come interface index, protocol, packet type and padding.
 */
const VARIANTS: ReadonlyMap<number, Variant> = new Map([
  [0xa1b2c3d4, { littleEndian: false, fraction: 1e6, recordHeader: 16 }],
  [0xd4c3b2a1, { littleEndian: true, fraction: 1e6, recordHeader: 16 }],
  [0xa1b23c4d, { littleEndian: false, fraction: 1e9, recordHeader: 16 }],
  [0x4d3cb2a1, { littleEndian: true, fraction: 1e9, recordHeader: 16 }],
  [0xa1b2cd34, { littleEndian: false, fraction: 1e6, recordHeader: 24 }],
  [0x34cdb2a1, { littleEndian: true, fraction: 1e6, recordHeader: 24 }],
]);

export function isPcapMagic(magic: number): boolean {
  return VARIANTS.has(magic);
}

/** Bit of the link-type word that says that the FCS length in its top four bits, in units of 16 bits, is valid. */
const FCS_LENGTH_PRESENT = 0x0400_0000;

/** Reads pcap records; draft-ietf-opsawg-pcap. */
export class PcapDecoder implements Decoder {
  readonly interfaces: readonly CaptureInterface[];
  readonly #file: string;
  readonly #variant: Variant;
  readonly #longest: number;
  readonly #swapsLengths: boolean;
  readonly #maySwapLengths: boolean;

  /**
   * Consumes the file header, which must be in the window as a whole.
   *
   * @throws CaptureError CAPTURE_UNSUPPORTED for a version other than 2.x.
   */
  constructor(file: string, window: ByteWindow) {
    const { view, start } = window;
    const variant = VARIANTS.get(view.getUint32(start));
    if (variant === undefined)
      throw new CaptureError('CAPTURE_NOT_A_CAPTURE', file, 'has no pcap magic', { offset: 0 });
    const { littleEndian, fraction } = variant;
    const major = view.getUint16(start + 4, littleEndian);
    const minor = view.getUint16(start + 6, littleEndian);
    // 543.0 is a version 2.3 written by DG/UX (libpcap, sf-pcap.c).
    if (major !== 2 && major !== 543) {
      throw new CaptureError('CAPTURE_UNSUPPORTED', file, `is pcap version ${major}.${minor}, only 2.x is known`, {
        offset: 4,
      });
    }
    const link = view.getUint32(start + 20, littleEndian);
    const linkType = link & 0xffff;
    this.#file = file;
    this.#variant = variant;
    this.#longest = maxCapturedLength(linkType);
    // Before 2.3 the two lengths stood the other way round; 2.3 exists both ways (libpcap, sf-pcap.c).
    this.#swapsLengths = major === 2 && minor < 3;
    this.#maySwapLengths = (major === 2 && minor === 3) || major === 543;
    this.interfaces = [
      {
        linkType,
        snapLength: view.getUint32(start + 16, littleEndian),
        name: undefined,
        description: undefined,
        fcsLength: link & FCS_LENGTH_PRESENT ? (link >>> 28) * 2 : undefined,
        resolution: { base: 10, exponent: fraction === 1e9 ? 9 : 6 },
        timestampOffset: 0n,
      },
    ];
    window.start += PCAP_FILE_HEADER;
  }

  decode(window: ByteWindow, batch: PacketBatch): void {
    const { view, end } = window;
    const { littleEndian, fraction, recordHeader } = this.#variant;
    const { capacity, offset, capturedLength, originalLength, seconds, nanoseconds } = batch;
    const nanosecondsPerUnit = 1e9 / fraction;
    const longest = this.#longest;
    const swaps = this.#swapsLengths;
    const maySwap = this.#maySwapLengths;
    let at = window.start;
    let count = batch.count;
    let wanted = 0;
    while (count < capacity) {
      const data = at + recordHeader;
      if (data > end) {
        wanted = recordHeader;
        break;
      }
      let captured = view.getUint32(at + 8, littleEndian);
      let original = view.getUint32(at + 12, littleEndian);
      if (swaps || (maySwap && captured > original)) {
        const other = captured;
        captured = original;
        original = other;
      }
      if (captured > longest) {
        window.start = at;
        batch.count = count;
        throw damageAt('CAPTURE_CORRUPT', tooLong(captured, longest), this.#file, window, at, batch);
      }
      const next = data + captured;
      if (next > end) {
        wanted = recordHeader + captured;
        break;
      }
      let second = view.getUint32(at, littleEndian);
      let units = view.getUint32(at + 4, littleEndian);
      if (units >= fraction) {
        // A fraction of a second or more: keep the instant that it names.
        second += Math.floor(units / fraction);
        units %= fraction;
      }
      offset[count] = data;
      capturedLength[count] = captured;
      originalLength[count] = original;
      seconds[count] = second;
      nanoseconds[count] = units * nanosecondsPerUnit;
      count += 1;
      at = next;
    }
    window.start = at;
    window.wanted = wanted;
    batch.count = count;
  }

  end(window: ByteWindow, nextPacket: number): void {
    if (window.available === 0) return;
    throw new CaptureError('CAPTURE_TRUNCATED', this.#file, cutShort(window), {
      offset: window.position,
      packet: nextPacket,
    });
  }
}
