/** What a conversion of bpf_trace_printk says: `%-08llx`. */
const CONVERSION = /%(?:%|([0 +-]*)([1-9][0-9]*)?(p[Kxs]?|s|c|(?:ll|l)?[diuxX]))/gy;
const MOST_ARGUMENTS = 3;
/** FIELD_WIDTH_MAX in lib/vsprintf.c. */
const WIDEST = 2 ** 23 - 1;
/** MAX_BPRINTF_BUF in linux/bpf.h, without the final NUL: what is kept of a line. */
const LONGEST_TEXT = 1023;

/** What bpf_trace_printk writes, and how long it would have been with all of it. */
export interface TraceText {
  readonly text: string;
  readonly length: number;
}

/**
 * The text of bpf_trace_printk: a subset of printf that bpf_bprintf_prepare in kernel/bpf/helpers.c lets through.
 *
 * @param format its bytes, without the final NUL
 * @param values the three arguments, 64 bits each
 * @param stringAt reads what %s points to
 * @returns undefined for a format that the kernel refuses
 */
export function formatTrace(
  format: Uint8Array,
  values: readonly bigint[],
  stringAt: (address: bigint) => string,
): TraceText | undefined {
  if (format.some((byte) => !isPrintable(byte))) return undefined;
  const text = new TextDecoder().decode(format);
  let result = '';
  let length = 0;
  const append = (more: string, padding = 0): void => {
    length += more.length + padding;
    result = (result + more).slice(0, LONGEST_TEXT);
  };
  let used = 0;
  let at = 0;
  while (at < text.length) {
    if (text[at] !== '%') {
      const next = text.indexOf('%', at);
      const end = next === -1 ? text.length : next;
      append(text.slice(at, end));
      at = end;
      continue;
    }
    CONVERSION.lastIndex = at;
    const match = CONVERSION.exec(text);
    if (match === null) return undefined;
    at = CONVERSION.lastIndex;
    const [, flags = '', width = '0', conversion] = match;
    if (conversion === undefined) {
      append('%');
      continue;
    }
    if (used === MOST_ARGUMENTS) return undefined;
    const converted = convert(conversion, flags, values[used++] ?? 0n, stringAt);
    const columns = widthOf(width);
    // What is not kept need not be made.
    const padded = pad(converted, flags, Math.min(columns, LONGEST_TEXT + converted.length));
    append(padded, Math.max(columns, converted.length) - padded.length);
  }
  return { text: result, length };
}

/** `skip_atoi` and `set_field_width` in lib/vsprintf.c: an int that overflows, and a negative one is no width. */
function widthOf(digits: string): number {
  let width = 0;
  for (const digit of digits) width = (Math.imul(width, 10) + Number(digit)) | 0;
  return Math.min(Math.max(width, 0), WIDEST);
}

function isPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || (byte >= 9 && byte <= 13);
}

function convert(conversion: string, flags: string, value: bigint, stringAt: (address: bigint) => string): string {
  if (conversion === 's' || conversion === 'ps') return stringAt(value);
  if (conversion === 'c') return String.fromCharCode(Number(value & 0xffn));
  if (conversion.startsWith('p')) return BigInt.asUintN(64, value).toString(16).padStart(16, '0');
  const bits = conversion.startsWith('l') ? 64 : 32;
  switch (conversion.at(-1)) {
    case 'x':
      return BigInt.asUintN(bits, value).toString(16);
    case 'X':
      return BigInt.asUintN(bits, value).toString(16).toUpperCase();
    case 'u':
      return BigInt.asUintN(bits, value).toString();
    default:
      return signed(BigInt.asIntN(bits, value), flags);
  }
}

function signed(value: bigint, flags: string): string {
  if (value < 0n) return value.toString();
  return `${flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''}${value}`;
}

function pad(text: string, flags: string, width: number): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (!flags.includes('0')) return text.padStart(width);
  const sign = /^[+ -]/.exec(text)?.[0] ?? '';
  return sign + text.slice(sign.length).padStart(width - sign.length, '0');
}
