/*
 * Slots of the counters by protocol: those of IP by their number, then what has none. And the single counters.
 */

const IP_PROTOCOLS = 256;
const OTHERS = ['ARP', 'damaged IP', 'not IP'] as const;
export type OtherProtocol = (typeof OTHERS)[number];

export const PROTOCOL_SLOTS: number = IP_PROTOCOLS + OTHERS.length;

export function protocolSlot(other: OtherProtocol): number {
  return IP_PROTOCOLS + OTHERS.indexOf(other);
}

/** What the protocol counters say that has no number; undefined for the slot of an IP protocol. */
export function otherProtocolAt(slot: number): OtherProtocol | undefined {
  return OTHERS[slot - IP_PROTOCOLS];
}

/** Every combination of the eight flags is the slot of its own counter. */
export const FLAG_SLOTS = 256;

const SINGLES = ['all packets', 'other ports', 'flows not kept'] as const;
export type Single = (typeof SINGLES)[number];

export const SINGLE_SLOTS: number = SINGLES.length;

export function singleSlot(single: Single): number {
  return SINGLES.indexOf(single);
}
