import type { OutputBuffer } from './output-buffer.ts';

/** An interface to be described in a capture. */
export interface InterfaceDescription {
  /** LINKTYPE_ number; Ethernet by default. */
  readonly linkType?: number;
  /** Name like `eth0`; pcapng only. */
  readonly name?: string;
  /** pcapng only. */
  readonly description?: string;
  /** Most bytes recorded of a packet; by default no limit. */
  readonly snapLength?: number;
  /** Octets of frame check sequence at the end of each packet; not stored by default. */
  readonly fcsLength?: number;
}

/** One packet as the encoders take it; every number is checked already. */
export interface PacketRecord {
  bytes: Uint8Array;
  /** The packet is `bytes.subarray(start, start + length)`. */
  start: number;
  length: number;
  originalLength: number;
  seconds: number;
  nanoseconds: number;
  interfaceIndex: number;
  /** `epb_flags`. */
  flags: number;
  comments: readonly string[];
}

/** Writes one capture format. Everything is little-endian; the same calls make the same bytes. */
export interface Encoder {
  /** Latest second that a timestamp can have. */
  readonly lastSecond: number;
  /** @returns a sentence that says why the format cannot hold this interface after the ones before. */
  refusesInterface(description: InterfaceDescription, index: number): string | undefined;
  /** @returns a sentence that says what of the packet the format cannot hold. */
  refusesPacket(packet: PacketRecord): string | undefined;
  begin(out: OutputBuffer): void;
  addInterface(out: OutputBuffer, description: InterfaceDescription, index: number): void;
  addPacket(out: OutputBuffer, packet: PacketRecord): void;
}
