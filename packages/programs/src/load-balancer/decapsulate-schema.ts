import { checkedBy, oneOrMore, record, show } from '../config/zod-schema.ts';
import { canonicalPrefix } from '../firewall/prefix.ts';
import { readAddress } from './schema.ts';

export const MAX_ENDPOINTS = 64;
export const MAX_SENDERS = 256;

/** Which tunnels end at this host. */
export interface DecapsulateConfig {
  /** Its own addresses, those that the load balancer has for this backend. */
  readonly addresses: readonly string[];
  /** Prefixes of the load balancers. Anyone else who sends a tunnel here would write any source into it. */
  readonly from: readonly string[];
}

function readPrefix(value: unknown): string {
  if (typeof value !== 'string') {
    throw new Error(`${show(value)} is no address: write it like 192.0.2.200 or 2001:db8::/64.`);
  }
  return canonicalPrefix(value);
}

export const decapsulateSchema = checkedBy<DecapsulateConfig>(
  record('configuration', {
    addresses: oneOrMore(readAddress, MAX_ENDPOINTS),
    from: oneOrMore(readPrefix, MAX_SENDERS),
  }),
);
