import type { LinearMemory, VirtualClock } from '@hookline/machine';
import { AddressFilter } from './address-filter.ts';
import { DeviceBuffer } from './device-buffer.ts';
import { Doorbells } from './doorbells.ts';
import type { Interrupts } from './interrupts.ts';
import { FCS_SIZE, type LineRate } from './line-rate.ts';
import { NicError } from './nic-error.ts';
import { MAX_FRAME, type NicProfile } from './nic-options.ts';
import { Rss } from './rss.ts';
import { RxQueue } from './rx-queue.ts';
import { FRAME_FLAG, type FrameSource, type WireFrame } from './wire.ts';

/** What has no Ethernet header is no frame. */
const ETHERNET_HEADER = 14;

/**
 * The receiving half of a device: wire, MAC, RSS, device buffer, DMA.
 *
 * A frame is dealt with once, at the moment when its DMA would be complete: `dmaWrite` after its last bit. A descriptor
 * is there for it if the device had heard of it when the DMA began, so doorbells too are heard that much later. When these
 * moments come follows from the wire alone, so frames are no events: as long as the clock has nothing else to do, one
 * frame after the other is taken in a loop.
 */
export class Receiver {
  readonly filter: AddressFilter;
  readonly rss: Rss;
  readonly queues: readonly RxQueue[];
  readonly buffer: DeviceBuffer;
  /** The longest frame that is accepted, with its FCS (the MAXFRS register). */
  maxFrame: number = MAX_FRAME;
  /** Frames that the wire brought, and their bytes without FCS. */
  wireFrames = 0;
  wireBytes = 0;
  missed = 0;
  crcErrors = 0;
  lengthErrors = 0;
  overErrors = 0;
  filtered = 0;

  readonly doorbells: Doorbells;
  readonly #name: string;
  readonly #clock: VirtualClock;
  readonly #bytes: Uint8Array;
  readonly #interrupts: Interrupts;
  readonly #line: LineRate;
  readonly #dmaWrite: number;
  readonly #wireEvent: number;
  #wireToken = 0;

  #source: FrameSource | undefined;
  readonly #frame: WireFrame = { time: 0.5, bytes: new Uint8Array(0), offset: 0, length: 0, flags: 0 };
  /** When the frame on the wire is dealt with; Infinity when there is none. */
  #due = Infinity;
  #wireFree = 0;

  constructor(memory: LinearMemory, clock: VirtualClock, interrupts: Interrupts, line: LineRate, profile: NicProfile) {
    this.#name = profile.name;
    this.#clock = clock;
    this.#bytes = memory.bytes;
    this.#interrupts = interrupts;
    this.#line = line;
    this.#dmaWrite = profile.latencies.dmaWrite;
    this.filter = new AddressFilter(profile.macAddress);
    this.rss = new Rss(profile.rssTableSize, profile.queues);
    this.buffer = new DeviceBuffer(memory, profile.receiveBuffer, MAX_FRAME, `the receive buffer of ${profile.name}`);
    this.queues = Array.from(
      { length: profile.queues },
      (_, queue) => new RxQueue(memory, `RX ring ${queue} of ${profile.name}`),
    );
    this.doorbells = new Doorbells(
      clock,
      profile.latencies.doorbell + profile.latencies.dmaWrite,
      this.queues.map(({ ring }) => ring),
      () => this.#drain(),
    );
    this.#wireEvent = clock.register(() => this.#onWire(), 'first');
  }

  /** Plugs the wire in (or out, without a source). A frame that the old source had on the wire is lost with it. */
  attach(source: FrameSource | undefined): void {
    this.#clock.cancel(this.#wireToken);
    this.#wireToken = 0;
    this.#due = Infinity;
    this.#source = source;
    this.#wireFree = Math.max(this.#wireFree, this.#clock.now);
    this.wake();
  }

  /** Asks the source again after it had nothing. */
  wake(): void {
    if (this.#due !== Infinity || !this.#fetch()) return;
    this.#wireToken = this.#clock.schedule(this.#due, this.#wireEvent);
  }

  /** Starts or stops a queue. @throws NicError when there is no ring where the registers say */
  enable(queue: number, on: boolean): void {
    const { ring } = this.queues[queue] as RxQueue;
    if (on) ring.enable();
    else ring.disable();
    this.doorbells.reset(queue);
    // Frames that wait for a queue that is gone must not wait for ever.
    this.#drain();
  }

  #onWire(): void {
    this.#wireToken = 0;
    const clock = this.#clock;
    do {
      this.#accept(this.#due);
    } while (this.#fetch() && clock.isIdleUntil(this.#due));
    if (this.#due !== Infinity) this.#wireToken = clock.schedule(this.#due, this.#wireEvent);
  }

  /** Takes the next frame from the source on to the wire. */
  #fetch(): boolean {
    const frame = this.#frame;
    this.#due = Infinity;
    if (this.#source === undefined || !this.#source.next(frame)) return false;
    if (!isFrame(frame)) throw this.#refusedFrame();
    const line = this.#line;
    let start = Math.max(frame.time, this.#wireFree);
    const latency = line.frameTime(frame.length) + this.#dmaWrite;
    // A source that was woken too late for its frame's time: the frame comes now.
    if (start + latency < this.#clock.now) start = this.#clock.now - latency;
    this.#wireFree = start + line.slotTime(frame.length);
    this.#due = start + latency;
    return true;
  }

  #refusedFrame(): NicError {
    const { time, bytes, offset, length } = this.#frame;
    this.#source = undefined;
    return new NicError(
      'NIC_SOURCE',
      `the source of ${this.#name} gave frame ${this.wireFrames + 1} as ${length} bytes at offset ${offset} of ` +
        `${bytes.length}, at ${time} ns: give a time, and bytes that are there.`,
    );
  }

  #accept(time: number): void {
    const { bytes, offset, length, flags } = this.#frame;
    this.wireFrames++;
    this.wireBytes += length;
    if ((flags & FRAME_FLAG.BAD_FCS) !== 0) {
      this.crcErrors++;
      return;
    }
    if (length < ETHERNET_HEADER || length + FCS_SIZE > this.maxFrame) {
      this.lengthErrors++;
      return;
    }
    if (!this.filter.passes(bytes, offset)) {
      this.filtered++;
      return;
    }
    const rss = this.rss;
    const queue = rss.classify(bytes, offset, length);
    if (this.buffer.count === 0 && this.#deliver(queue, bytes, offset, length, rss.type, rss.hash, time)) return;
    if (!this.buffer.push(bytes, offset, length, queue, rss.type, rss.hash)) this.missed++;
  }

  /** Puts a frame into its queue, or drops it; returns false when it has to wait for a descriptor. */
  #deliver(
    queue: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    type: number,
    hash: number,
    time: number,
  ): boolean {
    const rx = this.queues[queue] as RxQueue;
    const ring = rx.ring;
    if (ring.head === ring.tail) {
      if (ring.enabled && !rx.dropsWithoutDescriptor) return false;
      rx.drops++;
      return true;
    }
    if (length > rx.bufferSize) {
      this.overErrors++;
      return true;
    }
    rx.receive(bytes, offset, length, type, hash);
    this.#interrupts.cause(queue, time);
    return true;
  }

  /** Lets frames out of the device buffer, in their order, until one has to wait on. */
  #drain(): void {
    const buffer = this.buffer;
    const { now } = this.#clock;
    while (
      buffer.count > 0 &&
      this.#deliver(buffer.queue, this.#bytes, buffer.address, buffer.length, buffer.type, buffer.hash, now)
    ) {
      buffer.shift();
    }
  }
}

/** Whether a frame has a time, and bytes that are there. */
function isFrame({ time, bytes, offset, length }: WireFrame): boolean {
  return (
    time < Infinity &&
    Number.isInteger(offset) &&
    Number.isInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= bytes.length
  );
}
