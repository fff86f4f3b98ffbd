/** One comparison, measured side by side in one run. */
export interface BenchResult {
  readonly name: string;
  /** What ours reaches, in `unit`. */
  readonly ours: number;
  /** What it is compared with. */
  readonly baseline: number;
  /** A rate, like `Mpackets/s` (more is better), or a time, like `ns/packet` (less is better). */
  readonly unit: string;
  /** How many times better ours is; the median of the rounds, so not exactly the quotient of the two columns. */
  readonly ratio: number;
  /** The least ratio that is good enough. */
  readonly goal: number;
  readonly holds: boolean;
}
