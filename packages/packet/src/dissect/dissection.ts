/** What a field holds: addresses and other texts as strings, bytes without a meaning as bytes. */
export type FieldValue = number | bigint | string | Uint8Array;

/** One field of a header. */
export interface DissectedField {
  readonly name: string;
  readonly value: FieldValue;
  /** Bytes from the start of the packet; for bit fields the start of the unit that holds them. */
  readonly offset: number;
  /** Bytes; for bit fields those of the unit. */
  readonly size: number;
  /** Where the field lies in its unit: bits below it, and its own. */
  readonly bits?: { readonly shift: number; readonly width: number };
}

/**
 * What is wrong with a layer: `truncated` where the capture ends before the packet did, `malformed` where the packet
 * contradicts itself or its protocol.
 */
export interface Note {
  readonly kind: 'truncated' | 'malformed';
  readonly text: string;
}

/**
 * What a checksum says: `absent` where the sender made none, `illegal` where none was made though the protocol asks for
 * one, `unverified` where not all of the bytes under it are here.
 */
export type ChecksumVerdict = 'good' | 'bad' | 'absent' | 'illegal' | 'unverified';

/** One protocol header of a packet. */
export interface DissectedLayer {
  readonly protocol: string;
  /** Bytes from the start of the packet. */
  readonly offset: number;
  /** Bytes of the header that are here, options included. */
  readonly length: number;
  readonly fields: readonly DissectedField[];
  readonly options: readonly DissectedField[];
  readonly notes: readonly Note[];
  readonly checksum?: ChecksumVerdict;
  /** Whether an ICMP error carries this layer to say what it is about. */
  readonly quoted: boolean;
}

/** A packet taken apart, from the outside in. */
export interface Dissection {
  readonly linkType: number;
  readonly layers: readonly DissectedLayer[];
  /** What follows the innermost header, as far as the lengths around it reach. */
  readonly payload: { readonly offset: number; readonly length: number };
  /** One line, in the manner of tcpdump. */
  readonly summary: string;
}

/** The outermost layer of a protocol, by its name: `layerOf(dissection, 'tcp')`. */
export function layerOf(dissection: Dissection, protocol: string): DissectedLayer | undefined {
  return dissection.layers.find((layer) => layer.protocol === protocol);
}

/** The value of a field; undefined where the layer has no such field or was cut off before it. */
export function fieldOf(layer: DissectedLayer, name: string): FieldValue | undefined {
  return layer.fields.find((field) => field.name === name)?.value;
}
