import type { ByteWindow } from './byte-window.ts';
import { type CaptureInterface, maxCapturedLength, tooLong } from './capture-interface.ts';
import type { PacketBatch } from './packet-batch.ts';
import {
  ENHANCED_PACKET,
  OBSOLETE_PACKET,
  PACKET_DATA,
  SHORTEST_PACKET,
  SHORTEST_SIMPLE_PACKET,
  SIMPLE_PACKET_DATA,
} from './pcapng-blocks.ts';
import { findPacketFlags } from './pcapng-options.ts';
import { TimestampScale } from './timestamp-scale.ts';

/** One interface of the current section, as its packets need it. */
export interface Port {
  /** Index among the interfaces of all sections. */
  readonly index: number;
  readonly scale: TimestampScale;
  /** Longest packet that is believed. */
  readonly longest: number;
  readonly snapLength: number;
}

export function portOf(described: CaptureInterface, index: number): Port {
  return {
    index,
    scale: new TimestampScale(described.resolution, described.timestampOffset),
    longest: maxCapturedLength(described.linkType),
    snapLength: described.snapLength,
  };
}

/**
 * Reads Enhanced and obsolete Packet Blocks (draft-ietf-opsawg-pcapng, sections 4.3 and A; they differ in the
 * interface and a drop counter) until the batch is full or something else comes: another block, the end of the
 * window, or a packet that is not as it should be, for {@link explainPacket} to say why.
 *
 * This loop is what reading pcapng costs; everything that is rare stays outside.
 */
export function readPackets(window: ByteWindow, batch: PacketBatch, ports: readonly Port[], little: boolean): void {
  const { view, end } = window;
  const { capacity, offset, capturedLength, originalLength, timed, interfaceIndex, flags } = batch;
  const { optionsOffset, optionsLength } = batch;
  let at = window.start;
  let index = batch.count;
  while (index < capacity && at + SHORTEST_PACKET <= end) {
    const type = view.getUint32(at, little);
    if (type !== ENHANCED_PACKET && type !== OBSOLETE_PACKET) break;
    const length = view.getUint32(at + 4, little);
    if (length > end - at || length < SHORTEST_PACKET || (length & 3) !== 0) break;
    const optionsEnd = at + length - 4;
    if (view.getUint32(optionsEnd, little) !== length) break;
    const id = type === ENHANCED_PACKET ? view.getUint32(at + 8, little) : view.getUint16(at + 8, little);
    const port = ports[id];
    if (port === undefined) break;
    const captured = view.getUint32(at + 20, little);
    if (captured > port.longest) break;
    const data = at + PACKET_DATA;
    const options = data + ((captured + 3) & ~3);
    if (options > optionsEnd) break;
    port.scale.write(view.getUint32(at + 12, little), view.getUint32(at + 16, little), batch, index);
    timed[index] = 1;
    offset[index] = data;
    capturedLength[index] = captured;
    originalLength[index] = view.getUint32(at + 24, little);
    interfaceIndex[index] = port.index;
    optionsOffset[index] = options;
    optionsLength[index] = optionsEnd - options;
    flags[index] = options === optionsEnd ? 0 : findPacketFlags(view, options, optionsEnd, little);
    index += 1;
    at += length;
  }
  window.start = at;
  batch.count = index;
}

/** Says why {@link readPackets} stopped at a packet block of that length, which is in the window as a whole. */
export function explainPacket(window: ByteWindow, ports: readonly Port[], little: boolean, length: number): string {
  const { view, start: at } = window;
  if (length < SHORTEST_PACKET) return `a packet block claims a length of ${length}`;
  const enhanced = view.getUint32(at, little) === ENHANCED_PACKET;
  const id = enhanced ? view.getUint32(at + 8, little) : view.getUint16(at + 8, little);
  const port = ports[id];
  if (port === undefined) return unknownInterface(id, ports);
  const captured = view.getUint32(at + 20, little);
  return captured > port.longest ? tooLong(captured, port.longest) : doesNotFit(captured, length);
}

/**
 * Reads the Simple Packet Block at the window's start (section 4.4): no timestamp, always the first interface, the
 * captured length implied by the snap length.
 *
 * @returns what is wrong with it, if something is.
 */
export function readSimplePacket(
  window: ByteWindow,
  batch: PacketBatch,
  ports: readonly Port[],
  little: boolean,
  length: number,
): string | undefined {
  const port = ports[0];
  if (port === undefined) return unknownInterface(0, ports);
  if (length < SHORTEST_SIMPLE_PACKET) return `a packet block claims a length of ${length}`;
  const original = window.view.getUint32(window.start + 8, little);
  const captured = Math.min(original, port.snapLength === 0 ? original : port.snapLength);
  if (captured > port.longest) return tooLong(captured, port.longest);
  if (captured > length - SHORTEST_SIMPLE_PACKET) return doesNotFit(captured, length);
  const index = batch.count;
  batch.timed[index] = 0;
  batch.seconds[index] = 0;
  batch.nanoseconds[index] = 0;
  batch.offset[index] = window.start + SIMPLE_PACKET_DATA;
  batch.capturedLength[index] = captured;
  batch.originalLength[index] = original;
  batch.interfaceIndex[index] = port.index;
  batch.optionsLength[index] = 0;
  batch.flags[index] = 0;
  batch.count = index + 1;
  return undefined;
}

function unknownInterface(id: number, ports: readonly Port[]): string {
  return `a packet names interface ${id}, its section has ${ports.length}`;
}

function doesNotFit(captured: number, length: number): string {
  return `a packet of ${captured} bytes does not fit its block of ${length}`;
}
