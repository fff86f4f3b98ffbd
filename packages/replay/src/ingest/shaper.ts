import type { PacketBatch } from '@hookline/pcap';
import { linkTypeName } from '@hookline/pcap';
import { hasPartialChecksum, repairChecksums } from './checksums.ts';
import type { FrameQueue } from './frame-queue.ts';
import { ipFrame, parseIpFrame } from './ip-frame.ts';
import { linkLayer } from './link-layer.ts';
import type { Pacer } from './pace.ts';
import { segment } from './segment.ts';

/** What to do with packets that no wire has carried as the capture shows them. */
export interface ShapeOptions {
  /** Packets that the capture holds only in part: fill them with zeros, send what there is, or leave them out. */
  readonly cut: 'pad' | 'keep' | 'skip';
  /** Frames above the MTU, as captures taken on a host with GSO or GRO have them: TCP is cut into segments as the NIC did. */
  readonly oversize: 'segment' | 'keep' | 'skip';
  /** Checksums that the sender left to its NIC. */
  readonly checksums: 'keep' | 'repair';
  /** A frame check sequence at the end: `auto` strips it where the capture says that it is there. */
  readonly fcs: 'auto' | 'strip' | 'keep';
  /** `in` leaves out what the capturing host sent itself, `out` the rest; packets without a direction always count. */
  readonly direction: 'both' | 'in' | 'out';
  /** Write the NIC's own address into the destination, so that it accepts the frames without being promiscuous. */
  readonly rewriteDestination: boolean;
}

export const DEFAULT_SHAPE: ShapeOptions = {
  cut: 'pad',
  oversize: 'segment',
  checksums: 'keep',
  fcs: 'auto',
  direction: 'both',
  rewriteDestination: false,
};

/** What was done to the packets of the captures; the report warns of everything that is not 0. */
export interface ShapeCounts {
  /** Packets read. */
  packets: number;
  /** Left out because of `direction`. */
  otherDirection: number;
  /** Sent by the capturing host, and replayed as if they had been received. */
  outgoing: number;
  /** An Ethernet header was put in front. */
  wrapped: number;
  /** No Ethernet header could be put in front: neither IPv4 nor IPv6 nor any other EtherType. */
  unwrappable: number;
  cut: number;
  oversize: number;
  /** Segments made of oversize frames. */
  segments: number;
  /** Checksums that hold only the pseudo-header's sum. */
  partialChecksums: number;
  fcsStripped: number;
  /** Shorter than an Ethernet header. */
  runts: number;
  withoutTimestamp: number;
}

const ETHERNET = 14;
const FCS = 4;
/** Two VLAN tags do not count against the MTU. */
const MAX_HEADER = ETHERNET + 8;
/** Locally administered; stands for "somebody" where the capture has no sender. */
const SOMEBODY = Uint8Array.of(0x02, 0, 0, 0, 0, 0x02);

/** Makes Ethernet frames for one NIC out of the packets of one capture after the other. */
export class Shaper {
  readonly counts: ShapeCounts = {
    packets: 0,
    otherDirection: 0,
    outgoing: 0,
    wrapped: 0,
    unwrappable: 0,
    cut: 0,
    oversize: 0,
    segments: 0,
    partialChecksums: 0,
    fcsStripped: 0,
    runts: 0,
    withoutTimestamp: 0,
  };
  readonly #options: ShapeOptions;
  readonly #mac: Uint8Array;
  readonly #mtu: number;
  readonly #ip = ipFrame();
  #view: DataView = new DataView(new ArrayBuffer(0));
  #seconds = 0;
  #nanoseconds = 0;

  /** @param mac of the NIC that receives the frames, 6 bytes */
  constructor(options: ShapeOptions, mac: Uint8Array, mtu: number) {
    this.#options = options;
    this.#mac = mac;
    this.#mtu = mtu;
  }

  /**
   * Appends the frames of packet `index` to the queue, usually one.
   *
   * @param file the capture's name, for errors
   * @throws ReplayError REPLAY_LINK_TYPE
   */
  shape(batch: PacketBatch, index: number, file: string, pacer: Pacer, queue: FrameQueue): void {
    const counts = this.counts;
    const options = this.#options;
    counts.packets++;
    const linkType = batch.interface(index).linkType;
    const link = linkLayer(linkType, linkTypeName(linkType), file);
    const bytes = batch.bytes;
    let offset = batch.offset[index] as number;
    let captured = batch.capturedLength[index] as number;
    let original = Math.max(batch.originalLength[index] as number, captured);

    const outgoing = batch.direction(index) === 'out' || (link?.outgoing?.(bytes, offset) ?? false);
    if (options.direction !== 'both' && (batch.direction(index) !== undefined || outgoing)) {
      if ((options.direction === 'out') !== outgoing) {
        counts.otherDirection++;
        return;
      }
    } else if (outgoing) {
      counts.outgoing++;
    }

    const fcs = options.fcs === 'keep' ? 0 : options.fcs === 'strip' ? FCS : (batch.fcsLength(index) ?? 0);
    if (fcs > 0 && original > fcs) {
      counts.fcsStripped++;
      original -= fcs;
      captured = Math.min(captured, original);
    }

    let prefix = 0;
    let etherType = 0;
    let source: number | undefined;
    if (link !== undefined) {
      etherType = captured < link.header ? 0 : link.etherType(bytes, offset, captured);
      source = captured < link.header ? undefined : link.source?.(bytes, offset);
      if (etherType === 0) {
        counts.unwrappable++;
        return;
      }
      counts.wrapped++;
      prefix = ETHERNET;
      offset += link.header;
      captured -= link.header;
      original = Math.max(original - link.header, captured);
    }

    const isCut = captured < original;
    if (isCut) {
      counts.cut++;
      if (options.cut === 'skip') return;
    }
    const length = prefix + (isCut && options.cut === 'pad' ? original : captured);
    if (length < ETHERNET) {
      counts.runts++;
      return;
    }
    if (batch.timed[index] === 1) {
      this.#seconds = batch.seconds[index] as number;
      this.#nanoseconds = batch.nanoseconds[index] as number;
    } else {
      counts.withoutTimestamp++;
    }

    const oversize = length > this.#mtu + MAX_HEADER;
    if (oversize) {
      counts.oversize++;
      if (options.oversize === 'skip') return;
    }
    const mayBorrow =
      prefix === 0 && length === captured && !options.rewriteDestination && options.checksums === 'keep' && !oversize;
    if (mayBorrow) {
      this.#watchChecksum(bytes, offset, length);
      queue.borrow(offset, length, pacer.next(this.#seconds, this.#nanoseconds, length));
      return;
    }

    const frame = new Uint8Array(length);
    frame.set(bytes.subarray(offset, offset + Math.min(captured, length - prefix)), prefix);
    if (prefix > 0) {
      frame.set(this.#mac, 0);
      frame.set(source === undefined ? SOMEBODY : bytes.subarray(source, source + 6), 6);
      frame[12] = etherType >> 8;
      frame[13] = etherType & 0xff;
    }
    if (options.rewriteDestination) frame.set(this.#mac, 0);
    this.#watchChecksum(frame, 0, length);
    if (options.checksums === 'repair') repairChecksums(frame, this.#ip);
    const segments = oversize && options.oversize === 'segment' ? segment(frame, this.#mtu, this.#ip) : undefined;
    if (segments !== undefined) counts.segments += segments.length;
    for (const part of segments ?? [frame]) {
      const time = pacer.next(this.#seconds, this.#nanoseconds, part.length);
      queue.create(part.length, time).set(part);
    }
  }

  #watchChecksum(bytes: Uint8Array, offset: number, length: number): void {
    if (this.#view.buffer !== bytes.buffer) this.#view = new DataView(bytes.buffer);
    const start = bytes.byteOffset + offset;
    if (parseIpFrame(this.#view, start, length, this.#ip) && hasPartialChecksum(this.#view, this.#ip)) {
      this.counts.partialChecksums++;
    }
  }
}
