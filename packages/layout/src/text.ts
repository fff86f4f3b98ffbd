import { isIPv4, isIPv6 } from 'node:net';
import type { Text, TextName } from './layout.ts';
import { LayoutError } from './layout.ts';
import { shown } from './refusal.ts';

/** Six bytes, `02:00:00:00:00:01` in JavaScript. */
export const mac: Text<'mac'> = { kind: 'text', name: 'mac', size: 6, alignment: 1 };
/** Four bytes in network order, aligned as `__be32`. */
export const ipv4Address: Text<'ipv4Address'> = { kind: 'text', name: 'ipv4Address', size: 4, alignment: 4 };
/** Sixteen bytes in network order, aligned as `struct in6_addr`. */
export const ipv6Address: Text<'ipv6Address'> = { kind: 'text', name: 'ipv6Address', size: 16, alignment: 4 };
/** The key of an LPM trie (`struct bpf_lpm_trie_key`): the length as a u32, then the address. `10.0.0.0/8` in JavaScript. */
export const ipv4Prefix: Text<'ipv4Prefix'> = { kind: 'text', name: 'ipv4Prefix', size: 8, alignment: 4 };
export const ipv6Prefix: Text<'ipv6Prefix'> = { kind: 'text', name: 'ipv6Prefix', size: 20, alignment: 4 };

function refuse(text: string, remedy: string): never {
  throw new LayoutError('LAYOUT_VALUE', `'${shown(text)}' is ${remedy}`);
}

function parseMac(text: string): number[] {
  if (!/^[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$/i.test(text))
    refuse(text, 'no MAC address: write it as 02:00:00:00:00:01.');
  return text.split(/[:-]/).map((part) => Number.parseInt(part, 16));
}

function parseIpv4(text: string): number[] {
  if (!isIPv4(text)) refuse(text, 'no IPv4 address: write it as 192.0.2.1.');
  return text.split('.').map(Number);
}

/** RFC 4291 section 2.2, all three forms; a zone (`%eth0`) is no part of the sixteen bytes. */
function parseIpv6(text: string): number[] {
  if (!isIPv6(text) || text.includes('%')) refuse(text, 'no IPv6 address: write it as 2001:db8::1, without a zone.');
  const groups = (part: string): number[] =>
    part === ''
      ? []
      : part.split(':').flatMap((group) => {
          if (group.includes('.')) return parseIpv4(group);
          const value = Number.parseInt(group, 16);
          return [value >> 8, value & 0xff];
        });
  const [head = '', tail] = text.split('::');
  const left = groups(head);
  if (tail === undefined) return left;
  const right = groups(tail);
  return [...left, ...new Array<number>(16 - left.length - right.length).fill(0), ...right];
}

function parsePrefix(text: string, parse: (address: string) => number[], example: string): number[] {
  const slash = text.indexOf('/');
  const address = parse(slash < 0 ? text : text.slice(0, slash));
  const bits = address.length * 8;
  const digits = slash < 0 ? String(bits) : text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(digits) || Number(digits) > bits) {
    refuse(text, `no prefix: the length after / is 0 to ${bits}, as in ${example}.`);
  }
  return [Number(digits), 0, 0, 0, ...address];
}

function formatIpv4(bytes: Uint8Array): string {
  return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`;
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function formatMac(bytes: Uint8Array): string {
  let text = HEX[bytes[0] as number] as string;
  for (let i = 1; i < 6; i++) text += `:${HEX[bytes[i] as number]}`;
  return text;
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups (the first, if equal) as `::`. */
function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  // Section 5: an IPv4-mapped address ends in dotted form.
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${formatIpv4(bytes.subarray(12, 16))}`;
  }
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && groups[i + run] === 0) run++;
    if (run > length) {
      start = i;
      length = run;
    }
    i += run;
  }
  const hex = groups.map((group) => group.toString(16));
  if (start < 0) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

function formatPrefix(bytes: Uint8Array, format: (address: Uint8Array) => string): string {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  return `${format(bytes.subarray(4))}/${length}`;
}

interface TextCodec {
  parse(text: string): readonly number[];
  format(bytes: Uint8Array): string;
}

export const TEXT_CODECS: Readonly<Record<TextName, TextCodec>> = {
  mac: {
    parse: parseMac,
    format: formatMac,
  },
  ipv4Address: { parse: parseIpv4, format: formatIpv4 },
  ipv6Address: { parse: parseIpv6, format: formatIpv6 },
  ipv4Prefix: {
    parse: (text) => parsePrefix(text, parseIpv4, '10.0.0.0/8'),
    format: (bytes) => formatPrefix(bytes, formatIpv4),
  },
  ipv6Prefix: {
    parse: (text) => parsePrefix(text, parseIpv6, '2001:db8::/32'),
    format: (bytes) => formatPrefix(bytes, formatIpv6),
  },
};
