import type { TimestampResolution } from './capture-interface.ts';
import type { PacketBatch } from './packet-batch.ts';

const TWO_32 = 0x1_0000_0000;
const NANOSECONDS = 1_000_000_000n;
/** 10^9 / 2^9: nanoseconds in a second without their factor of two. */
const ODD_NANOSECONDS = 1_953_125;

/** The option byte `if_tsresol` (pcapng, Interface Description Block): the top bit chooses powers of 2. */
export function resolutionFromByte(byte: number): TimestampResolution {
  return { base: byte & 0x80 ? 2 : 10, exponent: byte & 0x7f };
}

/**
 * Turns a 64-bit count of timestamp units, given as two words, into seconds and nanoseconds, exactly and without
 * BigInt for units of 10^0..10^-9 and 2^0..2^-32 seconds. Finer units are rounded down to nanoseconds.
 *
 * The high word changes every 4 s of nanoseconds and every hour of microseconds, so what it stands for is kept.
 */
export class TimestampScale {
  readonly #unitsPerSecond: number;
  readonly #nanosecondsPerUnit: number;
  readonly #oddShift: number;
  readonly #wide: bigint | undefined;
  readonly #offset: bigint;
  #high = -1;
  /** Whole seconds in `#high` * 2^32 units, with the offset, and the units that are left. */
  #seconds = 0;
  #rest = 0;

  constructor({ base, exponent }: TimestampResolution, offset: bigint) {
    const decimal = base === 10;
    const narrow = exponent <= (decimal ? 9 : 32);
    this.#unitsPerSecond = narrow ? base ** exponent : 0;
    this.#nanosecondsPerUnit = decimal && narrow ? 10 ** (9 - exponent) : 0;
    this.#oddShift = 2 ** (exponent - 9);
    this.#offset = offset;
    this.#wide = narrow ? undefined : BigInt(base) ** BigInt(exponent);
  }

  /** Writes the timestamp of packet `index` into the batch's columns. */
  write(high: number, low: number, batch: PacketBatch, index: number): void {
    if (this.#wide !== undefined) {
      this.#writeWide(this.#wide, high, low, batch, index);
      return;
    }
    if (high !== this.#high) this.#keep(high);
    const units = this.#unitsPerSecond;
    // Both addends are below 2^32 and the quotient of sums below 2^33 cannot round up to the next integer.
    const sum = this.#rest + low;
    const carry = Math.floor(sum / units);
    const rest = sum - carry * units;
    batch.seconds[index] = this.#seconds + carry;
    // rest < 2^32 and 5^9 < 2^21: the product is exact.
    batch.nanoseconds[index] =
      this.#nanosecondsPerUnit === 0
        ? Math.floor((rest * ODD_NANOSECONDS) / this.#oddShift)
        : rest * this.#nanosecondsPerUnit;
  }

  /** Long division of high * 2^32 by a divisor of at most 33 bits, in digits of 32, 16 and 16 bits: all exact. */
  #keep(high: number): void {
    const units = this.#unitsPerSecond;
    const first = Math.floor(high / units);
    const middle = (high - first * units) * 0x10000;
    const second = Math.floor(middle / units);
    const last = (middle - second * units) * 0x10000;
    const third = Math.floor(last / units);
    this.#high = high;
    this.#seconds = first * TWO_32 + second * 0x10000 + third + Number(this.#offset);
    this.#rest = last - third * units;
  }

  #writeWide(units: bigint, high: number, low: number, batch: PacketBatch, index: number): void {
    const total = (BigInt(high) << 32n) | BigInt(low);
    batch.seconds[index] = Number(total / units + this.#offset);
    batch.nanoseconds[index] = Number(((total % units) * NANOSECONDS) / units);
  }
}
