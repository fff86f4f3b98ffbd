import { type AnyLayout, decode, type Js, type Struct } from '@hookline/layout';
import type { ChecksumVerdict, DissectedField, FieldValue, Note } from './dissection.ts';

/** What the IP header around a protocol says to it. */
export interface IpContext {
  readonly version: 4 | 6;
  /** Offsets of the addresses of the pseudo-header. */
  readonly source: number;
  readonly destination: number;
  /** Whether this is the first of several fragments, so that the data is incomplete. */
  readonly fragment: boolean;
}

/** The part of a packet that a protocol may read. */
export interface View {
  readonly bytes: Uint8Array;
  readonly start: number;
  /** Where the bytes end: those captured, within the lengths of the headers around. */
  readonly end: number;
  /** Where the headers around say that the data ends; behind `end` if the capture is cut short. */
  readonly claimedEnd: number;
  readonly ip?: IpContext;
  readonly quoted: boolean;
  /** Whether a fragment or a quotation ends this early, so that lengths inside may rightly reach further. */
  readonly partial: boolean;
}

/** A layer while its dissector works on it. */
export interface Draft {
  readonly protocol: string;
  readonly offset: number;
  length: number;
  readonly fields: DissectedField[];
  readonly options: DissectedField[];
  readonly notes: Note[];
  checksum?: ChecksumVerdict;
  readonly quoted: boolean;
}

/** The tables in which the next protocol is looked up. */
export type TableName = 'linkType' | 'etherType' | 'ipProtocol' | 'udpPort' | 'ieee8022';

/** What a layer adds to the summary. */
export interface Line {
  /** Of an IP header: `IP` or `IP6`. It waits for the text of the layer inside. */
  readonly label?: string;
  readonly source?: string;
  readonly destination?: string;
  /** Of a transport header: what follows the addresses. */
  readonly ports?: readonly [source: number, destination: number];
  readonly text?: string;
}

/** What a dissector gives back. Without `next` the rest of `view` is payload. */
export interface Step {
  readonly layer: Draft;
  readonly line?: Line;
  /** Where the packet goes on: the rest of it, and the number to look up its protocol with. */
  readonly rest?: View;
  readonly next?: { readonly table: TableName; readonly key: number };
}

/** One protocol: every file in `protocols/` exports one or a few of these. */
export interface Dissector {
  readonly name: string;
  dissect(view: View): Step;
}

/** The view behind `length` bytes, under the same limits. */
export function after(view: View, length: number): View {
  const start = Math.min(view.start + length, view.end);
  return { ...view, start };
}

/**
 * The view limited to a length that a header claims, counted from `start`. Only in a part of a packet may that be more
 * than there is.
 */
export function limited(view: View, length: number): View {
  const claimed = view.start + length;
  const claimedEnd = view.partial ? claimed : Math.min(view.claimedEnd, claimed);
  return { ...view, claimedEnd, end: Math.min(view.end, claimedEnd) };
}

/** A layer without fields yet. */
export function draft(protocol: string, view: View): Draft {
  return { protocol, offset: view.start, length: 0, fields: [], options: [], notes: [], quoted: view.quoted };
}

/** Notes that `needed` bytes from the start of the layer are not all there, and whose fault it is. */
export function noteShort(layer: Draft, view: View, needed: number, what: string): void {
  const kind = view.partial || layer.offset + needed <= view.claimedEnd ? 'truncated' : 'malformed';
  layer.notes.push({ kind, text: `${what} needs ${needed} bytes, ${view.end - layer.offset} are left` });
}

export function malformed(layer: Draft, text: string): void {
  layer.notes.push({ kind: 'malformed', text });
}

/** Adds the fields of `layout` to the layer, behind what it has. Its values if all of it is there, else a note. */
export function readFields<S extends Struct>(layer: Draft, layout: S, view: View): Js<S> | undefined {
  const base = layer.offset + layer.length;
  const { bytes, end } = view;
  // All at once where all is there: a header costs less than half of its fields one by one.
  const values = base + layout.size <= end ? decode(layout, bytes, base) : undefined;
  for (const [name, field] of Object.entries<AnyLayout>(layout.fields)) {
    const offset = base + (layout.offsets[name] ?? 0);
    if (offset + field.size > end) break;
    const value = values ? values[name as keyof Js<S>] : decode(field, bytes, offset);
    const bits = field.kind === 'bits' ? { shift: field.shift, width: field.width } : undefined;
    layer.fields.push({ name, value: value as FieldValue, offset, size: field.size, ...(bits ? { bits } : {}) });
  }
  if (values) {
    layer.length += layout.size;
  } else {
    noteShort(layer, view, layer.length + layout.size, 'the header');
    layer.length = Math.max(0, end - layer.offset);
  }
  return values;
}

/** A new layer with the fields of `layout`. */
export function readHeader<S extends Struct>(
  protocol: string,
  layout: S,
  view: View,
): { readonly layer: Draft; readonly header: Js<S> | undefined } {
  const layer = draft(protocol, view);
  return { layer, header: readFields(layer, layout, view) };
}
