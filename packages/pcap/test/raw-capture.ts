import { type CaptureError, type OpenOptions, openCapture, type Packet } from '@hookline/pcap';

/** Bytes of numbers, strings and byte arrays laid end to end, in one byte order: captures written out by hand. */
export class RawBytes {
  readonly #bytes: number[] = [];
  readonly littleEndian: boolean;

  constructor(littleEndian: boolean) {
    this.littleEndian = littleEndian;
  }

  u16(...values: number[]): this {
    for (const value of values) this.#number(BigInt(value), 2);
    return this;
  }

  u32(...values: number[]): this {
    for (const value of values) this.#number(BigInt(value), 4);
    return this;
  }

  u64(value: bigint): this {
    this.#number(BigInt.asUintN(64, value), 8);
    return this;
  }

  raw(bytes: Iterable<number>): this {
    this.#bytes.push(...bytes);
    return this;
  }

  pad(): this {
    while (this.#bytes.length % 4 !== 0) this.#bytes.push(0);
    return this;
  }

  get length(): number {
    return this.#bytes.length;
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  #number(value: bigint, size: number): void {
    const bytes = Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
    this.#bytes.push(...(this.littleEndian ? bytes : bytes.reverse()));
  }
}

/** One pcapng block of the given type around a body. */
export function block(littleEndian: boolean, type: number, fill: (body: RawBytes) => RawBytes): Uint8Array {
  const body = fill(new RawBytes(littleEndian)).pad().bytes();
  const length = body.length + 12;
  return new RawBytes(littleEndian).u32(type, length).raw(body).u32(length).bytes();
}

export function sectionHeader(littleEndian: boolean): Uint8Array {
  return block(littleEndian, 0x0a0d0d0a, (body) => body.u32(0x1a2b3c4d).u16(1, 0).u64(-1n));
}

export type RawOption = readonly [code: number, value: Iterable<number>];

function options(body: RawBytes, list: readonly RawOption[]): RawBytes {
  for (const [code, value] of list) {
    const bytes = Uint8Array.from(value);
    body.u16(code, bytes.length).raw(bytes).pad();
  }
  return list.length > 0 ? body.u16(0, 0) : body;
}

export function interfaceBlock(
  littleEndian: boolean,
  linkType: number,
  snapLength: number,
  list: readonly RawOption[] = [],
): Uint8Array {
  return block(littleEndian, 1, (body) => options(body.u16(linkType, 0).u32(snapLength), list));
}

export function enhancedPacket(
  littleEndian: boolean,
  id: number,
  units: bigint,
  data: Uint8Array,
  list: readonly RawOption[] = [],
): Uint8Array {
  return block(littleEndian, 6, (body) => {
    body
      .u32(id, Number(units >> 32n), Number(units & 0xffffffffn), data.length, data.length)
      .raw(data)
      .pad();
    return options(body, list);
  });
}

/** A pcap file header. */
export function pcapHeader(littleEndian: boolean, magic: number, linkWord = 1, version: [number, number] = [2, 4]) {
  return new RawBytes(littleEndian)
    .u32(magic)
    .u16(...version)
    .u32(0, 0, 65535, linkWord);
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of source) all.push(item);
  return all;
}

/** Everything that a capture yields, and the error that ended it. */
export async function readAll(
  source: Parameters<typeof openCapture>[0],
  options: OpenOptions = {},
): Promise<{ packets: Packet[]; error: CaptureError | undefined }> {
  const packets: Packet[] = [];
  try {
    for await (const packet of await openCapture(source, options)) packets.push(packet);
    return { packets, error: undefined };
  } catch (error) {
    if (!isCaptureError(error)) throw error;
    return { packets, error };
  }
}

function isCaptureError(error: unknown): error is CaptureError {
  return error instanceof Error && error.name === 'CaptureError';
}

/** A stream that yields the bytes in pieces of the given sizes, again and again. */
export async function* inPieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
