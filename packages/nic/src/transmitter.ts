import type { LinearMemory, VirtualClock } from '@hookline/machine';
import { copyFrame } from './copy-frame.ts';
import { TX_COMMAND } from './descriptors.ts';
import { Doorbells } from './doorbells.ts';
import type { Interrupts } from './interrupts.ts';
import { FCS_SIZE, type LineRate } from './line-rate.ts';
import { MAX_FRAME, type NicProfile } from './nic-options.ts';
import { TxQueue } from './tx-queue.ts';
import type { FrameSink } from './wire.ts';

const ETHERNET_HEADER = 14;
/** Destination and source address: what stands before a VLAN tag. */
const ADDRESSES = 12;
const TAG = 4;

/**
 * The transmitting half of a device: descriptor fetch, DMA, transmit buffer, wire. Queues take turns frame by frame.
 *
 * A frame is dealt with once, at the moment when its descriptor would be written back: `dmaRead` after the device took
 * it up its bytes are in the transmit buffer and may begin to leave, `dmaWrite` later the descriptor is done. The
 * device takes a frame up as soon as it knows of it, unless the transmit buffer is full: then the wire sets the pace.
 * So a doorbell is heard that much later here, and frames are no events but are taken in a loop while the clock has
 * nothing else to do.
 */
export class Transmitter {
  readonly queues: readonly TxQueue[];
  readonly doorbells: Doorbells;
  /** Frames that could not be sent: shorter than an Ethernet header, or longer than the device can. */
  errors = 0;

  readonly #clock: VirtualClock;
  readonly #interrupts: Interrupts;
  readonly #line: LineRate;
  readonly #memory: LinearMemory;
  readonly #dmaWrite: number;
  /** How far the wire may be behind, in nanoseconds: the transmit buffer's length in time. */
  readonly #slack: number;
  /** Where frames in several pieces are put together. */
  readonly #scratch: number;
  /** Beginning comes after all doorbells of its moment, so that queues take turns from the first frame on. */
  readonly #beginEvent: number;
  readonly #event: number;
  #token = 0;
  #turn = 0;
  #wireFree = 0;
  #sink: FrameSink | undefined;

  constructor(memory: LinearMemory, clock: VirtualClock, interrupts: Interrupts, line: LineRate, profile: NicProfile) {
    this.#clock = clock;
    this.#interrupts = interrupts;
    this.#line = line;
    this.#memory = memory;
    this.#dmaWrite = profile.latencies.dmaWrite;
    this.#slack = profile.transmitBuffer * line.byteTime;
    this.#scratch = memory.reserve(2 * MAX_FRAME, `the transmit buffer of ${profile.name}`);
    this.queues = Array.from(
      { length: profile.queues },
      (_, queue) => new TxQueue(memory, `TX ring ${queue} of ${profile.name}`),
    );
    const { doorbell, dmaRead, dmaWrite } = profile.latencies;
    this.doorbells = new Doorbells(
      clock,
      doorbell + dmaRead + dmaWrite,
      this.queues.map(({ ring }) => ring),
      (queue) => this.#arrived(queue),
    );
    this.#beginEvent = clock.register(() => this.#work());
    this.#event = clock.register(() => this.#work(), 'first');
  }

  /** Plugs the wire in; without a sink frames leave for nowhere. */
  attach(sink: FrameSink | undefined): void {
    this.#sink = sink;
  }

  /** Starts or stops a queue. @throws NicError when there is no ring where the registers say */
  enable(queue: number, on: boolean): void {
    const tx = this.queues[queue] as TxQueue;
    if (on) tx.ring.enable();
    else tx.ring.disable();
    tx.frameDescriptors = 0;
    this.doorbells.reset(queue);
  }

  #arrived(queue: number): void {
    const tx = this.queues[queue] as TxQueue;
    if (tx.frameDescriptors > 0 || !tx.findFrame() || this.#token !== 0) return;
    const { now } = this.#clock;
    const time = this.#nextTime();
    this.#token = time > now ? this.#clock.schedule(time, this.#event) : this.#clock.schedule(now, this.#beginEvent);
  }

  /** When the transmit buffer has room again. */
  #nextTime(): number {
    return this.#wireFree + this.#dmaWrite - this.#slack;
  }

  #work(): void {
    this.#token = 0;
    const clock = this.#clock;
    let time = clock.now;
    for (;;) {
      const queue = this.#nextQueue();
      if (queue < 0) return;
      this.#send(queue, time);
      time = Math.max(time, this.#nextTime());
      if (time > clock.now && !clock.isIdleUntil(time)) break;
    }
    if (this.#nextQueue() >= 0) this.#token = clock.schedule(time, this.#event);
  }

  /** The queue whose turn it is; -1 when none has a frame. */
  #nextQueue(): number {
    const queues = this.queues;
    for (let i = 0; i < queues.length; i++) {
      const sum = this.#turn + i;
      const queue = sum < queues.length ? sum : sum - queues.length;
      if ((queues[queue] as TxQueue).frameDescriptors > 0) return queue;
    }
    return -1;
  }

  #send(queue: number, time: number): void {
    const tx = this.queues[queue] as TxQueue;
    const command = tx.command;
    const plain = tx.frameDescriptors === 1 && (command & TX_COMMAND.VLAN_INSERT) === 0;
    let address: number;
    let length: number;
    let reports = false;
    if (plain) {
      address = tx.bufferAddress;
      length = command & 0xffff;
      tx.ring.checkBuffer(address, tx.bufferUpper, length);
    } else {
      address = this.#scratch;
      length = this.#gather(tx);
    }
    if (length < ETHERNET_HEADER || length + FCS_SIZE > MAX_FRAME) {
      this.errors++;
    } else {
      const start = Math.max(time - this.#dmaWrite, this.#wireFree);
      this.#wireFree = start + this.#line.slotTime(length);
      tx.packets++;
      tx.bytes += length;
      this.#sink?.transmit(this.#memory.bytes, address, length, start + this.#line.frameTime(length));
    }
    for (let i = tx.frameDescriptors; i > 0; i--) reports = tx.complete() || reports;
    if (reports) this.#interrupts.cause(queue, time);
    tx.findFrame();
    this.#turn = queue + 1 === this.queues.length ? 0 : queue + 1;
  }

  /** Puts the pieces of a frame together, with its VLAN tag; returns its length, which may be too long to send. */
  #gather(tx: TxQueue): number {
    const { ring } = tx;
    const { bytes } = this.#memory;
    const scratch = this.#scratch;
    const tag = (tx.command & TX_COMMAND.VLAN_INSERT) === 0 ? -1 : tx.vlan;
    const head = ring.head;
    let length = 0;
    for (let i = 0; i < tx.frameDescriptors; i++) {
      const piece = tx.command & 0xffff;
      ring.checkBuffer(tx.bufferAddress, tx.bufferUpper, piece);
      if (length + piece <= MAX_FRAME) {
        copyFrame(this.#memory, bytes, tx.bufferAddress, scratch + length, piece);
      }
      length += piece;
      ring.advance();
    }
    ring.head = head;
    if (tag < 0 || length < ETHERNET_HEADER || length > MAX_FRAME) return length;
    bytes.copyWithin(scratch + ADDRESSES + TAG, scratch + ADDRESSES, scratch + length);
    bytes[scratch + ADDRESSES] = 0x81;
    bytes[scratch + ADDRESSES + 1] = 0;
    bytes[scratch + ADDRESSES + 2] = tag >>> 8;
    bytes[scratch + ADDRESSES + 3] = tag & 0xff;
    return length + TAG;
  }
}
