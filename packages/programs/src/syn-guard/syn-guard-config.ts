/** The SYN guard's configuration, checked and with every default filled in. */
export interface SynGuardConfig {
  /** SYNs to one address and port that pass unasked. */
  readonly threshold: { readonly perSecond: number; readonly burst: number };
  /** Addresses with ports of each family that are watched; the least recently used make room. */
  readonly destinations: number;
  /** SYNs of each family that are remembered; the least recently used make room. */
  readonly pending: number;
  /** When the same SYN counts as sent again, in milliseconds after the first. */
  readonly retry: { readonly from: number; readonly to: number };
}

export const MAX_ENTRIES = 4_000_000;
export const MAX_RATE = 1_000_000_000;
/** Milliseconds. */
export const MAX_RETRY = 3_600_000;
