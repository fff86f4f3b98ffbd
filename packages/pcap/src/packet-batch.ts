import type { CaptureInterface } from './capture-interface.ts';
import { readComments } from './pcapng-options.ts';

/** Direction of a packet as recorded by the interface that captured it. */
export type Direction = 'in' | 'out';

const DIRECTIONS: readonly (Direction | undefined)[] = [undefined, 'in', 'out', undefined];

/**
 * Packets of one stretch of a capture, column by column: the fast way to read.
 *
 * Packet `i` (0 <= i < count) is `bytes.subarray(offset[i], offset[i] + capturedLength[i])`. The reader reuses the
 * batch and its buffer: everything in it is valid until the next batch is asked for. The columns keep their
 * identity over the whole capture, `bytes` does not.
 */
export class PacketBatch {
  /** How many packets a batch can hold. */
  readonly capacity: number;
  /** How many it holds. */
  count = 0;
  /** Number of the batch's first packet in the capture, counted from 1. */
  firstNumber = 1;
  /** The buffer that the packets lie in. */
  bytes: Uint8Array = new Uint8Array(0);
  /** File offset (of the decompressed bytes) of `bytes[0]`. */
  base = 0;
  /** Start of the packet in `bytes`. */
  readonly offset: Uint32Array;
  /** Bytes recorded. */
  readonly capturedLength: Uint32Array;
  /** Bytes the packet had on the wire. */
  readonly originalLength: Uint32Array;
  /** Whole seconds since 1970-01-01 UTC, rounded down; 0 if not `timed`. */
  readonly seconds: Float64Array;
  /** Nanoseconds after `seconds`, 0..999999999. */
  readonly nanoseconds: Uint32Array;
  /** 1 if the packet has a timestamp; simple packet blocks of pcapng have none. */
  readonly timed: Uint8Array;
  /** Index into the capture's `interfaces`. */
  readonly interfaceIndex: Uint16Array;
  /** The `epb_flags` of a pcapng packet (direction in bits 0..1), 0 elsewhere. */
  readonly flags: Uint32Array;
  /** Start of the packet's pcapng options in `bytes`; meaningless if `optionsLength` is 0. */
  readonly optionsOffset: Uint32Array;
  /** Length of the packet's pcapng options, 0 without any. */
  readonly optionsLength: Uint32Array;
  /** Byte order of the options. */
  littleEndian = true;

  readonly #interfaces: readonly CaptureInterface[];

  constructor(capacity: number, interfaces: readonly CaptureInterface[]) {
    this.capacity = capacity;
    this.#interfaces = interfaces;
    this.offset = new Uint32Array(capacity);
    this.capturedLength = new Uint32Array(capacity);
    this.originalLength = new Uint32Array(capacity);
    this.seconds = new Float64Array(capacity);
    this.nanoseconds = new Uint32Array(capacity);
    this.timed = new Uint8Array(capacity).fill(1);
    this.interfaceIndex = new Uint16Array(capacity);
    this.flags = new Uint32Array(capacity);
    this.optionsOffset = new Uint32Array(capacity);
    this.optionsLength = new Uint32Array(capacity);
  }

  /** The packet's bytes, a view that is valid until the next batch is asked for. */
  packet(index: number): Uint8Array {
    const start = this.#at(this.offset, index);
    return this.bytes.subarray(start, start + this.#at(this.capturedLength, index));
  }

  /** Nanoseconds since 1970-01-01 UTC, undefined if the packet has no timestamp. Not for hot paths. */
  timestamp(index: number): bigint | undefined {
    if (this.#at(this.timed, index) === 0) return undefined;
    return BigInt(this.#at(this.seconds, index)) * 1_000_000_000n + BigInt(this.#at(this.nanoseconds, index));
  }

  /** The interface that recorded the packet. */
  interface(index: number): CaptureInterface {
    const found = this.#interfaces[this.#at(this.interfaceIndex, index)];
    if (found === undefined) throw new RangeError(`Packet ${index} of the batch names no interface.`);
    return found;
  }

  /** Whether the interface received or sent the packet, undefined if the capture does not say. */
  direction(index: number): Direction | undefined {
    return DIRECTIONS[this.#at(this.flags, index) & 3];
  }

  /** Octets of frame check sequence at the end of the packet; undefined if the capture does not say. */
  fcsLength(index: number): number | undefined {
    const own = (this.#at(this.flags, index) >>> 5) & 0xf;
    return own === 0 ? this.interface(index).fcsLength : own;
  }

  /** The packet's comments, in file order. */
  comments(index: number): string[] {
    const length = this.#at(this.optionsLength, index);
    if (length === 0) return [];
    const start = this.#at(this.optionsOffset, index);
    return readComments(this.bytes.subarray(start, start + length), this.littleEndian);
  }

  #at(column: Uint32Array | Uint16Array | Uint8Array | Float64Array, index: number): number {
    const value = index < this.count ? column[index] : undefined;
    if (value === undefined) throw new RangeError(`The batch has ${this.count} packets, none at ${index}.`);
    return value;
  }
}
