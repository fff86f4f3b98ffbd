import { Writable } from 'node:stream';
import { assemble } from '@hookline/bpf';
import { craft, ipv4, udp } from '@hookline/packet';
import { createCapture, encodeCapture, openCapture, type PacketToWrite, type WriterOptions } from '@hookline/pcap';
import { type ReplayOptions, type ReplayProgram, type Report, replay } from '../src/index.ts';

/** A packet that left the simulated host. */
export interface Output {
  /** `eth0` for what was sent, `eth0-stack` for what was delivered. */
  readonly interface: string;
  readonly bytes: Uint8Array;
  readonly timestamp: bigint;
}

/** 128 MiB of memory: enough for every test. */
export const SMALL_HOST = { memoryPages: 2048, packetBuffers: 8192 } as const;

/** What one needs to say less in tests. */
export type Options = Partial<Omit<ReplayOptions, 'captures' | 'output'>>;

export function captureOf(packets: Iterable<PacketToWrite>, options?: WriterOptions): Uint8Array {
  return encodeCapture(packets, options);
}

/** Packets a microsecond apart. */
export function spaced(
  frames: readonly Uint8Array[],
  distance = 1000n,
  start = 1_700_000_000_000_000_000n,
): PacketToWrite[] {
  return frames.map((bytes, i) => ({ bytes, timestamp: start + BigInt(i) * distance }));
}

/** Replays captures, and reads back what left. */
export async function replayed(
  captures: Uint8Array | readonly Uint8Array[],
  options: Options = {},
): Promise<{ report: Report; output: Output[]; written: Uint8Array }> {
  const chunks: Uint8Array[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Uint8Array.from(chunk));
      done();
    },
  });
  const writer = createCapture(sink, { interfaces: [] });
  const sources = captures instanceof Uint8Array ? [captures] : captures;
  const report = await replay({
    host: SMALL_HOST,
    ...options,
    captures: sources.map((source) => ({ source })),
    output: writer,
  }).run();
  await writer.close();
  const written = Buffer.concat(chunks);
  const output: Output[] = [];
  const capture = await openCapture(written);
  for await (const packet of capture) {
    output.push({
      interface: capture.interfaces[packet.interfaceIndex]?.name ?? '',
      bytes: Uint8Array.from(packet.bytes),
      timestamp: packet.timestamp as bigint,
    });
  }
  return { report, output, written };
}

/** A program of the assembler's text at the XDP hook. */
export function xdpProgram(text: string): ReplayProgram {
  const object = assemble(text);
  const key = Object.keys(object.programs)[0] as string;
  return { name: key, object, xdp: key };
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

export function numberedFrames(count: number, length = 60): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => numbered(i, length));
}
