/** Option codes of pcapng (draft-ietf-opsawg-pcapng, sections 3.5, 4.2 and 4.3). */
export const OPTION_END = 0;
export const OPTION_COMMENT = 1;
export const IF_NAME = 2;
export const IF_DESCRIPTION = 3;
export const IF_TSRESOL = 9;
export const IF_FCSLEN = 13;
export const IF_TSOFFSET = 14;
/** `epb_flags`, and `pack_flags` of the obsolete Packet Block. */
export const PACKET_FLAGS = 2;

/** Longest value of an option: its length has 16 bits. */
export const OPTION_LIMIT = 0xffff;

const text = new TextDecoder();

/** One option: its code and where its value lies. */
export interface Option {
  readonly code: number;
  readonly value: Uint8Array;
}

/**
 * Splits an option list up to its end marker.
 *
 * @returns the options, or undefined if one of them runs past the end of the list.
 */
export function readOptions(list: Uint8Array, littleEndian: boolean): Option[] | undefined {
  const view = new DataView(list.buffer, list.byteOffset, list.byteLength);
  const options: Option[] = [];
  let at = 0;
  while (at + 4 <= list.length) {
    const code = view.getUint16(at, littleEndian);
    if (code === OPTION_END) break;
    const length = view.getUint16(at + 2, littleEndian);
    if (at + 4 + length > list.length) return undefined;
    options.push({ code, value: list.subarray(at + 4, at + 4 + length) });
    at += 4 + ((length + 3) & ~3);
  }
  return options;
}

/** The comments of an option list; of a damaged list, none. */
export function readComments(list: Uint8Array, littleEndian: boolean): string[] {
  const comments: string[] = [];
  for (const { code, value } of readOptions(list, littleEndian) ?? []) {
    if (code === OPTION_COMMENT) comments.push(readText(value));
  }
  return comments;
}

/** UTF-8 text of an option; bytes that are not UTF-8 become U+FFFD. Some writers end it with a zero byte. */
export function readText(value: Uint8Array): string {
  const zero = value.indexOf(0);
  return text.decode(value.subarray(0, zero < 0 ? value.length : zero));
}

/**
 * The `epb_flags` among a packet's options, 0 without them. No allocation: this runs for every packet with options.
 *
 * @param view the buffer that the packet lies in
 * @param at start of the options
 * @param end end of the options
 */
export function findPacketFlags(view: DataView, at: number, end: number, littleEndian: boolean): number {
  while (at + 8 <= end) {
    const code = view.getUint16(at, littleEndian);
    if (code === OPTION_END) return 0;
    const length = view.getUint16(at + 2, littleEndian);
    if (code === PACKET_FLAGS && length === 4) return view.getUint32(at + 4, littleEndian);
    at += 4 + ((length + 3) & ~3);
  }
  return 0;
}
