import { XDP_VERDICTS } from '@hookline/bpf';

/** The names of XDP verdicts, by number; what is none of them is counted as `unknown`. */
export const VERDICT_NAMES = ['ABORTED', 'DROP', 'PASS', 'TX', 'REDIRECT', 'unknown'] as const;
export type VerdictName = (typeof VERDICT_NAMES)[number];

const UNKNOWN = VERDICT_NAMES.length - 1;

/** The counters of an XDP program, under one set of names; real drivers do not agree on theirs. */
export interface XdpRecord {
  readonly xdp_packets: number;
  readonly xdp_drops: number;
  readonly xdp_pass: number;
  readonly xdp_tx: number;
  readonly xdp_tx_errors: number;
  readonly xdp_redirects: number;
  readonly xdp_redirect_errors: number;
  /** XDP_ABORTED and verdicts that do not exist. */
  readonly xdp_aborted: number;
}

/** What the XDP program of one queue decided, under the counters' names of `ethtool -S`. */
export class XdpCounts {
  /** By verdict number, `unknown` last. */
  readonly verdicts = new Float64Array(VERDICT_NAMES.length);
  transmitErrors = 0;
  redirectErrors = 0;

  /** Counts a verdict; a number that is none counts as unknown. */
  count(verdict: number): void {
    const index = verdict >= 0 && verdict < UNKNOWN ? verdict : UNKNOWN;
    this.verdicts[index] = (this.verdicts[index] as number) + 1;
  }

  /** Frames that the program has seen. */
  get packets(): number {
    return this.verdicts.reduce((sum, count) => sum + count, 0);
  }

  toRecord(): XdpRecord {
    const count = (name: keyof typeof XDP_VERDICTS): number => this.verdicts[XDP_VERDICTS[name]] as number;
    return {
      xdp_packets: this.packets,
      xdp_drops: count('DROP'),
      xdp_pass: count('PASS'),
      xdp_tx: count('TX') - this.transmitErrors,
      xdp_tx_errors: this.transmitErrors,
      xdp_redirects: count('REDIRECT') - this.redirectErrors,
      xdp_redirect_errors: this.redirectErrors,
      xdp_aborted: count('ABORTED') + (this.verdicts[UNKNOWN] as number),
    };
  }
}
