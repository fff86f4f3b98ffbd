import { assemble, type Link, type LoadedObject } from '@hookline/bpf';
import type { FrameSink, FrameSource, WireFrame } from '@hookline/nic';
import { craft, ethernet, ipv4, udp } from '@hookline/packet';
import { type DeviceOptions, type HostOptions, type SimulatedDevice, SimulatedHost } from '../src/index.ts';

export interface Sent {
  /** Virtual nanoseconds; by default as soon as the wire is free. */
  readonly time?: number;
  readonly bytes: Uint8Array;
}

/** A wire source that plays a list. */
export class ListSource implements FrameSource {
  readonly #frames: readonly Sent[];
  #next = 0;

  constructor(frames: readonly Sent[]) {
    this.#frames = frames;
  }

  next(frame: WireFrame): boolean {
    const sent = this.#frames[this.#next];
    if (sent === undefined) return false;
    this.#next++;
    frame.time = sent.time ?? 0;
    frame.bytes = sent.bytes;
    frame.offset = 0;
    frame.length = sent.bytes.length;
    frame.flags = 0;
    return true;
  }
}

/** A wire sink that keeps what leaves. */
export class ListSink implements FrameSink {
  readonly frames: Uint8Array[] = [];

  transmit(bytes: Uint8Array, offset: number, length: number): void {
    this.frames.push(bytes.slice(offset, offset + length));
  }
}

/** A host with devices, what they send, and what its stack takes. */
export interface World {
  readonly host: SimulatedHost;
  readonly devices: readonly SimulatedDevice[];
  readonly eth0: SimulatedDevice;
  /** By device: what left through its wire. */
  readonly left: readonly (readonly Uint8Array[])[];
  readonly delivered: { readonly device: string; readonly bytes: Uint8Array }[];
  /** Loads a text of the assembler. */
  load(text: string): LoadedObject;
  /** Loads a text whose one XDP program goes on eth0. */
  xdp(text: string, device?: string): LoadedObject;
  /** Loads a text whose one TC program goes on a device. */
  tc(text: string, device?: string, direction?: 'ingress' | 'egress'): Link;
  /** Sends frames to a device (eth0) and lets everything happen. */
  run(frames: readonly (Uint8Array | Sent)[], device?: SimulatedDevice): void;
}

/** 128 MiB of memory: enough for every test. */
const SMALL: HostOptions = { memoryPages: 2048, packetBuffers: 8192 };

export function world(devices: readonly DeviceOptions[] = [{}], options: HostOptions = {}): World {
  const host = new SimulatedHost({ ...SMALL, ...options });
  const delivered: { device: string; bytes: Uint8Array }[] = [];
  const made = devices.map((device) => host.addDevice(device));
  const left = made.map((device) => {
    const sink = new ListSink();
    device.nic.attachSink(sink);
    return sink.frames;
  });
  host.onDeliver((device, bytes, offset, length) => {
    delivered.push({ device: device.name, bytes: bytes.slice(offset, offset + length) });
  });
  const eth0 = made[0] as SimulatedDevice;
  const load = (text: string): LoadedObject => host.load(assemble(text));
  return {
    host,
    devices: made,
    eth0,
    left,
    delivered,
    load,
    xdp(text, device = 'eth0') {
      const loaded = load(text);
      host.attachXdp(only(loaded), device);
      return loaded;
    },
    tc(text, device = 'eth0', direction = 'ingress') {
      return host.attachTc(only(load(text)) as LoadedObject['programs'][string] as never, device, { direction });
    },
    run(frames, device = eth0) {
      const sent = frames.map((frame) => (frame instanceof Uint8Array ? { bytes: frame } : frame));
      device.nic.attachSource(new ListSource(sent));
      host.clock.run();
    },
  };
}

/** The one program of an object. */
export function only(loaded: LoadedObject): never {
  return Object.values(loaded.programs)[0] as never;
}

/** A UDP frame whose last two bytes are a number. */
export function numbered(number: number, length = 60, flow = 0): Uint8Array {
  const payload = new Uint8Array(length - 42);
  new DataView(payload.buffer).setUint16(payload.length - 2, number);
  const ports = { sourcePort: 1000 + flow, destinationPort: 53 };
  return craft(ipv4({ source: '10.0.0.1', destination: '10.0.0.2' }, udp(ports, payload)));
}

export function numberOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint16(bytes.length - 2);
}

/** A frame of 60 bytes to a MAC address. */
export function addressedTo(destination: string): Uint8Array {
  return craft(ethernet({ destination }, ipv4({}, udp({}, new Uint8Array(18)))));
}

/** `count` numbered frames. */
export function numberedFrames(count: number, length = 60): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => numbered(i, length));
}
