/** A token bucket as one would write it on paper: thousandths of tokens, a clock in milliseconds, no limits of size. */
export class TokenBucketModel {
  readonly #rate: bigint;
  readonly #capacity: bigint;
  #level: bigint;
  #last = 0n;

  /** Full at first. */
  constructor(perSecond: number, burst: number, since = 0) {
    this.#rate = BigInt(perSecond);
    this.#capacity = BigInt(burst) * 1000n;
    this.#level = this.#capacity;
    this.#last = BigInt(since);
  }

  /** @param millisecond of the clock, not before the last one */
  take(millisecond: number, units = 1): boolean {
    const now = BigInt(millisecond);
    this.#level += this.#rate * (now - this.#last);
    if (this.#level > this.#capacity) this.#level = this.#capacity;
    this.#last = now;
    const cost = BigInt(units) * 1000n;
    if (this.#level < cost) return false;
    this.#level -= cost;
    return true;
  }
}
