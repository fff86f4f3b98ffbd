import { LinearMemory, VirtualClock } from '@hookline/machine';
import { craft, ipv4, udp } from '@hookline/packet';
import type { FrameSink, FrameSource, NicOptions, WireFrame } from '../src/index.ts';
import { Nic } from '../src/index.ts';

export interface Sent {
  readonly time?: number;
  readonly bytes: Uint8Array;
  readonly flags?: number;
}

/** A wire source that plays a list. */
export class ListSource implements FrameSource {
  readonly #frames: Sent[];
  #next = 0;

  constructor(frames: readonly Sent[]) {
    this.#frames = [...frames];
  }

  add(frame: Sent): void {
    this.#frames.push(frame);
  }

  next(frame: WireFrame): boolean {
    const sent = this.#frames[this.#next];
    if (sent === undefined) return false;
    this.#next++;
    frame.time = sent.time ?? 0;
    frame.bytes = sent.bytes;
    frame.offset = 0;
    frame.length = sent.bytes.length;
    frame.flags = sent.flags ?? 0;
    return true;
  }
}

export interface Left {
  readonly bytes: Uint8Array;
  readonly time: number;
}

/** A wire sink that keeps what leaves. */
export class ListSink implements FrameSink {
  readonly frames: Left[] = [];

  transmit(bytes: Uint8Array, offset: number, length: number, time: number): void {
    this.frames.push({ bytes: bytes.slice(offset, offset + length), time });
  }
}

/** 64 MiB: enough for every test, and quicker to make than the whole address space. */
export function machine(options: Omit<NicOptions, 'memory' | 'clock'> = {}): {
  memory: LinearMemory;
  clock: VirtualClock;
  nic: Nic;
} {
  const memory = new LinearMemory(1024);
  const clock = new VirtualClock();
  return { memory, clock, nic: new Nic({ memory, clock, ...options }) };
}

/** A UDP frame of this flow and length, whose last two bytes are a number. */
export function numbered(number: number, length = 60, flow = 0): Uint8Array {
  const payload = new Uint8Array(length - 42);
  new DataView(payload.buffer).setUint16(payload.length - 2, number);
  return craft(
    ipv4(
      { source: '10.0.0.1', destination: '10.0.0.2' },
      udp({ sourcePort: 1000 + flow, destinationPort: 53 }, payload),
    ),
  );
}

export function numberOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint16(bytes.length - 2);
}
