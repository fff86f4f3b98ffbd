import { canonicalPrefix } from '../firewall/prefix.ts';
import { show } from './zod-schema.ts';

/** Reads an address or a network of either family, and gives its one spelling, with a length. */
export function readPrefix(value: unknown): string {
  if (typeof value !== 'string') {
    throw new Error(`${show(value)} is no address: write it like 10.0.0.0/8 or 2001:db8::/32.`);
  }
  return canonicalPrefix(value);
}
