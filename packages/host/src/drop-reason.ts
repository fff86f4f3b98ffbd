/**
 * Why the host dropped a frame, under the kernel's names: those of `enum skb_drop_reason` (include/net/dropreason-core.h)
 * where an sk_buff dies, and names of the same style where native XDP consumes a frame before there is one.
 */
export const DROP_REASONS = [
  /** The program returned XDP_DROP. */
  'XDP',
  /** XDP_ABORTED, or a verdict that does not exist: the kernel raises xdp_exception for both. */
  'XDP_ABORTED',
  /** XDP_TX, but the transmit ring was full. */
  'XDP_TX_ERROR',
  /** XDP_REDIRECT without a target, to a device that is not there or has a smaller MTU, or into a full ring. */
  'XDP_REDIRECT_ERROR',
  /** A TC program at ingress returned TC_ACT_SHOT, or redirected to nowhere. */
  'TC_INGRESS',
  /** A TC program at egress returned TC_ACT_SHOT, or redirected to nowhere. */
  'TC_EGRESS',
  /** Redirected by TC programs too often. */
  'RECURSION_LIMIT',
  /** The transmit ring was full when the stack sent. */
  'QDISC_DROP',
] as const;

export type DropReason = (typeof DROP_REASONS)[number];

/** Positions of the reasons in the table, for those who count. */
export const DROP = Object.fromEntries(DROP_REASONS.map((reason, i) => [reason, i])) as Record<DropReason, number>;

/** Frames dropped, by reason. */
export class DropCounts {
  readonly #counts = new Float64Array(DROP_REASONS.length);

  /** @param reason a position: one of `DROP` */
  add(reason: number): void {
    (this.#counts[reason] as number)++;
  }

  get total(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  /** Every reason that occurred, in the table's order. */
  toRecord(): Partial<Record<DropReason, number>> {
    return Object.fromEntries(
      DROP_REASONS.map((reason, i) => [reason, this.#counts[i] as number] as const).filter(([, count]) => count > 0),
    );
  }
}
