import { linkTypeName, type PacketBatch } from '@hookline/pcap';
import { hasPartialChecksum, repairChecksums } from './checksums.ts';
import type { FrameQueue } from './frame-queue.ts';
import { ipFrame, parseIpFrame } from './ip-frame.ts';
import { type LinkLayer, linkLayer, WAY } from './link-layer.ts';
import type { Pacer } from './pace.ts';
import { segment } from './segment.ts';
import type { ShapeOptions } from './shape-options.ts';

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
  /** Checksums that the sender left to its NIC. */
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
/** libpcap's longest packet: no frame is filled up any further, whatever its capture claims. */
const MOST_PADDED = 256 * 1024;
/** Locally administered; stands for "somebody" where the capture has no sender. */
const SOMEBODY = Uint8Array.of(0x02, 0, 0, 0, 0, 0x02);

/** What an interface of the capture says of its packets. */
interface InterfaceShape {
  /** undefined for Ethernet. */
  readonly link: LinkLayer | undefined;
  readonly fcsLength: number;
}

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
  readonly #pacer: Pacer;
  readonly #queue: FrameQueue;
  readonly #ip = ipFrame();
  #file = '';
  /** By interface of the capture. */
  #interfaces: InterfaceShape[] = [];

  /**
   * @param mac of the NIC that receives the frames, 6 bytes
   * @param queue takes the frames
   */
  constructor(options: ShapeOptions, mac: Uint8Array, mtu: number, pacer: Pacer, queue: FrameQueue) {
    this.#options = options;
    this.#mac = mac;
    this.#mtu = mtu;
    this.#pacer = pacer;
    this.#queue = queue;
  }

  /** Begins another capture. */
  begin(file: string): void {
    this.#file = file;
    this.#interfaces = [];
  }

  /**
   * Appends the frames of packet `index` to the queue, usually one.
   *
   * @throws ReplayError REPLAY_LINK_TYPE
   */
  shape(batch: PacketBatch, index: number): void {
    const counts = this.counts;
    const options = this.#options;
    counts.packets++;
    const shape = this.#interfaces[batch.interfaceIndex[index] as number] ?? this.#meet(batch, index);
    const { link } = shape;
    const bytes = batch.bytes;
    const flags = batch.flags[index] as number;
    let offset = batch.offset[index] as number;
    let captured = batch.capturedLength[index] as number;
    let original = Math.max(batch.originalLength[index] as number, captured);
    if (link !== undefined && captured < link.header) {
      counts.unwrappable++;
      return;
    }

    let way = flags & 3;
    if (way === WAY.UNKNOWN && link !== undefined) way = link.way(bytes, offset);
    if (way !== WAY.UNKNOWN && options.direction !== 'both' && (options.direction === 'out') !== (way === WAY.OUT)) {
      counts.otherDirection++;
      return;
    }
    if (way === WAY.OUT && options.direction === 'both') counts.outgoing++;

    const fcs = options.fcs === 'keep' ? 0 : options.fcs === 'strip' ? FCS : (flags >>> 5) & 0xf || shape.fcsLength;
    if (fcs > 0 && original > fcs) {
      counts.fcsStripped++;
      original -= fcs;
      captured = Math.min(captured, original);
    }

    let etherType = 0;
    let source = -1;
    if (link !== undefined) {
      etherType = link.etherType(bytes, offset, original);
      if (etherType === 0 || captured < link.header) {
        counts.unwrappable++;
        return;
      }
      counts.wrapped++;
      source = link.source(bytes, offset);
      offset += link.header;
      captured -= link.header;
      original -= link.header;
    }

    const prefix = link === undefined ? 0 : ETHERNET;
    let length = prefix + captured;
    if (captured < original) {
      counts.cut++;
      if (options.cut === 'skip') return;
      if (options.cut === 'pad') length = prefix + Math.max(captured, Math.min(original, MOST_PADDED));
    }
    if (length < ETHERNET) {
      counts.runts++;
      return;
    }
    const isOversize = length > this.#mtu + MAX_HEADER;
    if (isOversize) {
      counts.oversize++;
      if (options.oversize === 'skip') return;
    }
    const isTimed = batch.timed[index] === 1;
    if (!isTimed) counts.withoutTimestamp++;
    const seconds = batch.seconds[index] as number;
    const nanoseconds = batch.nanoseconds[index] as number;

    if (isOversize && options.oversize === 'segment') {
      const whole = new Uint8Array(length);
      this.#write(whole, 0, length, bytes, offset, captured, etherType, source);
      const segments = segment(whole, this.#mtu, this.#ip);
      for (const part of segments ?? []) {
        const start = this.#queue.create(part.length, this.#pacer.next(isTimed, seconds, nanoseconds, part.length));
        this.#queue.own.set(part, start);
        counts.segments++;
      }
      if (segments !== undefined) return;
    }
    const time = this.#pacer.next(isTimed, seconds, nanoseconds, length);
    const repairs = options.checksums === 'repair';
    const isAsCaptured = link === undefined && length === captured && !options.rewriteDestination;
    let isPartial = isAsCaptured && this.#isPartial(bytes, offset, length);
    if (isAsCaptured && !(isPartial && repairs)) {
      this.#queue.borrow(offset, length, time);
    } else {
      const start = this.#queue.create(length, time);
      const { own } = this.#queue;
      this.#write(own, start, length, bytes, offset, captured, etherType, source);
      isPartial = this.#isPartial(own, start, length);
      if (isPartial && repairs) repairChecksums(own, this.#ip);
    }
    if (isPartial) counts.partialChecksums++;
  }

  /** Remembers what the packet's interface says of all its packets. */
  #meet(batch: PacketBatch, index: number): InterfaceShape {
    const { linkType, fcsLength = 0 } = batch.interface(index);
    const shape = { link: linkLayer(linkType, linkTypeName(linkType), this.#file), fcsLength };
    this.#interfaces[batch.interfaceIndex[index] as number] = shape;
    return shape;
  }

  /**
   * Writes a frame: an Ethernet header where the packet has none, what was captured, zeros.
   *
   * @param etherType 0 where the packet has an Ethernet header
   * @param source offset of the sender's address in `bytes`, -1 where there is none
   */
  #write(
    target: Uint8Array,
    start: number,
    length: number,
    bytes: Uint8Array,
    offset: number,
    captured: number,
    etherType: number,
    source: number,
  ): void {
    let at = start;
    if (etherType !== 0) {
      target.set(this.#mac, at);
      target.set(source === -1 ? SOMEBODY : bytes.subarray(source, source + 6), at + 6);
      target[at + 12] = etherType >> 8;
      target[at + 13] = etherType & 0xff;
      at += ETHERNET;
    }
    target.set(bytes.subarray(offset, offset + captured), at);
    if (at + captured < start + length) target.fill(0, at + captured, start + length);
    if (this.#options.rewriteDestination) target.set(this.#mac, start);
  }

  #isPartial(bytes: Uint8Array, start: number, length: number): boolean {
    return parseIpFrame(bytes, start, length, this.#ip) && hasPartialChecksum(bytes, this.#ip);
  }
}
