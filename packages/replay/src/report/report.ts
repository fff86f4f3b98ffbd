import type { TcName, VerdictName } from '@hookline/host';

/** What one capture contributed. */
export interface CaptureReport {
  readonly file: string;
  /** Packets read, over all passes. */
  readonly packets: number;
}

/** What one queue of the receiving device did; the names are those of `ethtool -S`. */
export interface QueueReport {
  readonly queue: number;
  readonly cpu: number;
  readonly rx_packets: number;
  readonly rx_bytes: number;
  readonly rx_drops: number;
  readonly tx_packets: number;
  readonly xdp_drops: number;
  readonly xdp_pass: number;
  readonly xdp_tx: number;
  readonly xdp_redirects: number;
  readonly xdp_aborted: number;
  readonly interrupts: number;
  readonly polls: number;
}

/** A line of `/proc/net/softnet_stat`, and how busy the CPU was with packets (0 to 1, virtual time). */
export interface CpuReport {
  readonly cpu: number;
  readonly processed: number;
  readonly timeSqueeze: number;
  readonly interrupts: number;
  readonly polls: number;
  readonly busy: number;
}

export interface RowReport {
  readonly label: string;
  readonly action: string;
  readonly packets: number;
  readonly bytes: number;
}

/** Where every frame has gone: wire + created = transmitted + delivered + dropped + held. */
export interface Conservation {
  readonly wire: number;
  /** Copies that the host made, by cause. */
  readonly created: { readonly broadcast: number };
  readonly transmitted: number;
  readonly delivered: number;
  readonly dropped: number;
  readonly held: number;
}

/** Everything that is counted, at one time and since the start. */
export interface Counters {
  readonly frames: {
    /** Put on the wire. */
    readonly sent: number;
    /** Of those, written into a receive descriptor. */
    readonly received: number;
    /** Lost in the device for want of room or descriptors. */
    readonly missed: number;
    readonly sentBytes: number;
    readonly delivered: number;
    readonly deliveredBytes: number;
    readonly transmitted: number;
  };
  /** XDP verdicts; all 0 without an XDP program. */
  readonly verdicts: Readonly<Record<VerdictName, number>>;
  /** Verdicts of TC programs; all 0 without one. */
  readonly tc: Readonly<Record<TcName, number>>;
  /** Counters per rule, where the program has rules. */
  readonly rows: readonly RowReport[];
  /** Frames by reason: the device's counters and the kernel's drop reasons. */
  readonly drops: Readonly<Record<string, number>>;
  readonly virtualTimeNs: number;
  readonly queues: readonly QueueReport[];
  readonly cpus: readonly CpuReport[];
  /** `ethtool -S` of every device. */
  readonly ethtool: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** What a replay found out. All times are virtual; the same input and seed give the same report to the byte. */
export interface Report extends Counters {
  readonly program: string | null;
  readonly hook: 'xdp' | 'tc' | null;
  readonly device: {
    readonly name: string;
    readonly queues: number;
    readonly lineRate: number;
    readonly rxRing: number;
  };
  readonly captures: readonly CaptureReport[];
  readonly conservation: Conservation;
  /** What the replay did to the captures' packets, in sentences that name the option. */
  readonly warnings: readonly string[];
  /** Why it ended early; null when it did not. */
  readonly error: string | null;
}
