/** Which port of a packet is looked at. */
export type PortSide = 'source' | 'destination';

export interface PortCounters {
  readonly sides: readonly PortSide[];
  /** Always counted, for TCP and UDP. */
  readonly watch: readonly number[];
  /** So many more are counted as they are first seen; what comes after them counts as `other ports`. */
  readonly learn: number;
}

export interface PrefixCounters {
  /** Prefixes of either family; the longest that holds the address counts the packet. */
  readonly source: readonly string[];
  readonly destination: readonly string[];
}

/** A limit with a burst, in events. */
export interface EventRate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface FlowCounters {
  /** Flows of each family that are kept; the least recently used make room for new ones. */
  readonly entries: number;
  /** An event for each new flow, up to this rate; false for none. */
  readonly events: EventRate | false;
}

/**
 * Where the buckets of a histogram end: `powersOfTwo`, or the first values of all buckets but the first, ascending;
 * false for no histogram.
 */
export type Buckets = 'powersOfTwo' | readonly number[] | false;

/** What is counted; each can be switched off, and costs nothing then. */
export interface CountersConfig {
  /** IP protocols, ARP, and what is neither. */
  readonly protocols: boolean;
  /** Every combination of the eight TCP flags. */
  readonly tcpFlags: boolean;
  readonly ports: PortCounters | false;
  readonly prefixes: PrefixCounters | false;
  readonly flows: FlowCounters | false;
  /** Frame lengths in bytes, without FCS. */
  readonly sizes: Buckets;
  /** Nanoseconds from one packet to the next, over all queues. */
  readonly interArrival: Buckets;
}

export const MAX_LEARNED_PORTS = 65_536;
export const MAX_WATCHED_PORTS = 1024;
/** Prefixes of source and destination together. */
export const MAX_PREFIXES = 4096;
export const MAX_FLOWS = 1_000_000;
/** Bounds of a histogram. */
export const MAX_BOUNDS = 64;
