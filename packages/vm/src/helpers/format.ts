/** What a conversion of bpf_trace_printk says: `%-08llx`. */
const CONVERSION = /%(?:%|([0 +-]*)([1-9][0-9]*)?(p[Kxs]?|s|c|(?:ll|l)?[diuxX]))/gy;
const MOST_ARGUMENTS = 3;

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
): string | undefined {
  if (format.some((byte) => !isPrintable(byte))) return undefined;
  const text = String.fromCharCode(...format);
  let result = '';
  let used = 0;
  let at = 0;
  while (at < text.length) {
    if (text[at] !== '%') {
      result += text[at++];
      continue;
    }
    CONVERSION.lastIndex = at;
    const match = CONVERSION.exec(text);
    if (match === null) return undefined;
    at = CONVERSION.lastIndex;
    const [, flags = '', width = '0', conversion] = match;
    if (conversion === undefined) {
      result += '%';
      continue;
    }
    if (used === MOST_ARGUMENTS) return undefined;
    result += pad(convert(conversion, flags, values[used++] ?? 0n, stringAt), flags, Number(width));
  }
  return result;
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
