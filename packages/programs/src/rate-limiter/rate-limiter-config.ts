/** What a limit counts: packets, or the bits of frames without FCS. */
export type LimitUnit = 'packets' | 'bits';

/** A rate with a burst. */
export interface Limit {
  readonly unit: LimitUnit;
  /** Units a second. */
  readonly perSecond: number;
  /** Units that may pass at once after a silence. */
  readonly burst: number;
}

/** A bucket for each network that packets come from. */
export interface SourceLimit {
  readonly limit: Limit;
  /** Leading bits of the source address that make a key: 32 and 128 are a bucket for each address. */
  readonly prefixLength: { readonly ipv4: number; readonly ipv6: number };
  /** Buckets of each family; the least recently used make room for new ones. */
  readonly entries: number;
}

/** A bucket for what goes to one address, or to one port of it. */
export interface ServiceLimit {
  /** Unique; what the report calls it. */
  readonly name: string;
  /** An address of either family, in its one spelling. */
  readonly destination: string;
  /** With its protocol; undefined for all that goes to the address. */
  readonly port: { readonly protocol: 'tcp' | 'udp'; readonly number: number } | undefined;
  readonly limit: Limit;
}

/** The rate limiter's configuration, checked and with every default filled in. */
export interface RateLimiterConfig {
  readonly sources: SourceLimit | false;
  readonly services: readonly ServiceLimit[];
  /** Sources that no limit holds for. */
  readonly allow: readonly string[];
}

export const MAX_SOURCES = 1_000_000;
export const MAX_SERVICES = 1000;
/** Prefixes of each family. */
export const MAX_ALLOWED = 10_000;
/** Units a second, and units of a burst. */
export const MAX_RATE = 1_000_000_000_000;
