import { pseudoHeaderSum } from '../checksum/internet-checksum.ts';
import type { Scope } from './layer.ts';

/** The sum of the pseudo-header that the headers around make; 0 outside IP. */
export function upperSum({ addresses }: Scope, protocol: number, length: number): number {
  return addresses ? pseudoHeaderSum(addresses, 0, addresses.length, protocol, length) : 0;
}
