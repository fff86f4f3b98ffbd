import type { CaptureReport } from '../report/report.ts';

/** What a program did with a frame. */
export interface OutcomeReport {
  /** `PASS`, `REDIRECT to eth1`, `SHOT`, `unknown (9)`. */
  readonly verdict: string;
  /** Labels of the rows that counted it; empty where the program has no rows. */
  readonly rules: readonly string[];
}

/** Where the frames that two programs let go on differ. */
export interface ByteDifference {
  /** The first byte that differs, from the destination MAC address on. */
  readonly offset: number;
  /** Some bytes from there on, in hex; empty behind the end. */
  readonly old: string;
  readonly new: string;
  readonly oldLength: number;
  readonly newLength: number;
}

/** A packet that shows a change. */
export interface Example {
  readonly file: string;
  /** From 1 on, as in the capture. */
  readonly packet: number;
  /** The packet as it came, in a line in tcpdump's manner. */
  readonly summary: string;
  /** Null where both frames are the same, or one of them is dropped. */
  readonly difference: ByteDifference | null;
}

/** Frames of one flow that have changed in the same way. */
export interface FlowChange {
  /** `flowOf(...).key` of the packet as it came, the same for both directions; null for what is not IP. */
  readonly flow: string | null;
  readonly frames: number;
  readonly bytes: number;
  /** The first. */
  readonly example: Example;
}

/** One way in which frames fare differently. */
export interface Change {
  readonly old: OutcomeReport;
  readonly new: OutcomeReport;
  /** What of it differs: at least one. */
  readonly differs: readonly ('verdict' | 'bytes' | 'rule')[];
  readonly frames: number;
  readonly bytes: number;
  /** Those with the most frames first. */
  readonly flows: readonly FlowChange[];
  /** Frames of flows that came when so many were known that no more were told apart. */
  readonly framesOfOtherFlows: number;
}

/** What two programs do differently with the same captures. The same input gives the same comparison to the byte. */
export interface Comparison {
  readonly old: string;
  readonly new: string;
  readonly hook: 'xdp' | 'tc';
  readonly captures: readonly CaptureReport[];
  readonly frames: {
    /** Given to both programs. */
    readonly compared: number;
    readonly changed: number;
    /** Longer than the MTU allows: no program would see them. */
    readonly tooLong: number;
  };
  /** Those of the verdict first, then those of bytes, then those of the rule only; those with the most frames first. */
  readonly changes: readonly Change[];
  readonly warnings: readonly string[];
  /** Why it ended early; null when it did not. */
  readonly error: string | null;
}
