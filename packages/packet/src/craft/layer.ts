/** What a header carries: another header, bytes as they are, or text as UTF-8. */
export type Payload = Layer | Uint8Array | string;

/** What the headers around a layer tell it: the addresses of its pseudo-header. */
export interface Scope {
  /** Source, then destination, as bytes: 8 for IPv4, 32 for IPv6. */
  readonly addresses?: Uint8Array;
}

/** What a layer would like of the headers around it, where their author left them open. */
export interface Wishes {
  readonly hardwareDestination?: string;
  readonly destination?: string;
  readonly hopLimit?: number;
  readonly destinationPort?: number;
}

/** One header and what it carries, inert until `craft` turns it into bytes. */
export interface Layer {
  readonly kind: 'layer';
  /** Its name in errors, such as `tcp`. */
  readonly name: string;
  readonly payload: Payload;
  /** The numbers by which other headers announce it. */
  readonly etherType?: number;
  readonly protocol?: number;
  readonly wishes?: Wishes;
  /** Its usual outer header; missing where it is the outermost. */
  readonly wrap?: (layer: Layer) => Layer;
  /** What its payload sees. */
  readonly scope?: (outer: Scope) => Scope;
  /** The header's bytes followed by the payload's. */
  readonly assemble: (payload: Uint8Array, outer: Scope) => Uint8Array;
}

/** A packet that cannot be crafted. `message` says which header and what to write instead. */
export class CraftError extends Error {
  readonly code = 'CRAFT_INVALID';

  constructor(message: string) {
    super(message);
    this.name = 'CraftError';
  }
}

export function isLayer(payload: Payload): payload is Layer {
  return typeof payload === 'object' && !(payload instanceof Uint8Array) && payload.kind === 'layer';
}

/**
 * The payload as something that can be announced by `number`: a layer that cannot (TCP directly in Ethernet) gets its
 * usual outer headers first.
 */
export function carriedBy(number: 'etherType' | 'protocol', payload: Payload): Payload {
  let carried = payload;
  while (isLayer(carried) && carried[number] === undefined && carried.wrap) carried = carried.wrap(carried);
  return carried;
}

/** The bytes of a payload, crafted if it is a layer. */
export function payloadBytes(payload: Payload, scope: Scope, within: string): Uint8Array {
  if (typeof payload === 'string') return new TextEncoder().encode(payload);
  if (payload instanceof Uint8Array) return payload;
  if (payload?.kind !== 'layer') {
    throw new CraftError(`${within}: the payload is a ${typeof payload}: give a header, a Uint8Array or a string.`);
  }
  return assemble(payload, scope);
}

/** The bytes of a layer with everything inside it. */
export function assemble(layer: Layer, outer: Scope): Uint8Array {
  const scope = layer.scope ? layer.scope(outer) : outer;
  return layer.assemble(payloadBytes(layer.payload, scope, layer.name), outer);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** The bytes with zeros up to a multiple of `unit`. */
export function padded(bytes: Uint8Array, unit: number): Uint8Array {
  const rest = bytes.length % unit;
  return rest === 0 ? bytes : concat(bytes, new Uint8Array(unit - rest));
}

/** Writes a big-endian 16-bit value, such as a checksum, into bytes that are already assembled. */
export function patch16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >> 8;
  bytes[offset + 1] = value & 0xff;
}
