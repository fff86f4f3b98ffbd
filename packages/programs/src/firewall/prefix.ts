import { decode, encode, ipv4Prefix, ipv6Prefix } from '@hookline/layout';

export type Family = 'ipv4' | 'ipv6';

export const PREFIX_LAYOUTS = { ipv4: ipv4Prefix, ipv6: ipv6Prefix } as const;

/** `struct bpf_lpm_trie_key`: the length as a u32 in front of the address. */
const LENGTH_BYTES = 4;

export function familyOf(prefix: string): Family {
  return prefix.includes(':') ? 'ipv6' : 'ipv4';
}

/**
 * A prefix in its one spelling: `192.0.2.1` becomes `192.0.2.1/32`, `2001:DB8::/32` becomes `2001:db8::/32`.
 *
 * @throws Error with a sentence where it is none, or where bits behind its length are set
 */
export function canonicalPrefix(text: string): string {
  const layout = PREFIX_LAYOUTS[familyOf(text)];
  const key = encode(layout, text);
  const length = key[0] ?? 0;
  const network = key.slice();
  for (let bit = length; bit < (key.length - LENGTH_BYTES) * 8; bit++) {
    const at = LENGTH_BYTES + (bit >> 3);
    network[at] = (network[at] ?? 0) & ~(0x80 >> (bit & 7));
  }
  const canonical = decode(layout, network);
  if (key.some((byte, i) => byte !== network[i])) {
    const [address = text] = text.split('/');
    throw new Error(
      `'${text}' has bits behind its length: write ${canonical} for the network, or ${address} for the one address.`,
    );
  }
  return canonical;
}
