import type { TimestampResolution } from './capture-interface.ts';
import type { PacketBatch } from './packet-batch.ts';

const TWO_32 = 0x1_0000_0000;
/** `high` words below this make 64-bit counts that a double holds exactly (2^53). */
const EXACT_HIGH = 0x20_0000;
const NANOSECONDS = 1_000_000_000;
/** 10^9 / 2^9: nanoseconds in a second without their factor of two. */
const ODD_NANOSECONDS = 1_953_125;

/** The option byte `if_tsresol` (pcapng, Interface Description Block): the top bit chooses powers of 2. */
export function resolutionFromByte(byte: number): TimestampResolution {
  return { base: byte & 0x80 ? 2 : 10, exponent: byte & 0x7f };
}

/**
 * Turns a 64-bit count of timestamp units, given as two words, into seconds and nanoseconds, exactly and without
 * BigInt for units of 10^0..10^-9 and 2^0..2^-32 seconds. Finer units are rounded down to nanoseconds.
 */
export class TimestampScale {
  readonly #unitsPerSecond: number;
  readonly #nanosecondsPerUnit: number;
  readonly #oddShift: number;
  readonly #offsetSeconds: number;
  readonly #wide: bigint | undefined;
  readonly #offset: bigint;

  constructor({ base, exponent }: TimestampResolution, offset: bigint) {
    const decimal = base === 10;
    const narrow = exponent <= (decimal ? 9 : 32);
    this.#unitsPerSecond = narrow ? base ** exponent : 0;
    this.#nanosecondsPerUnit = decimal && narrow ? 10 ** (9 - exponent) : 0;
    this.#oddShift = 2 ** (exponent - 9);
    this.#offsetSeconds = Number(offset);
    this.#offset = offset;
    this.#wide = narrow ? undefined : BigInt(base) ** BigInt(exponent);
  }

  /** Writes the timestamp of packet `index` into the batch's columns. */
  write(high: number, low: number, batch: PacketBatch, index: number): void {
    if (this.#wide !== undefined) {
      this.#writeWide(this.#wide, high, low, batch, index);
      return;
    }
    const units = this.#unitsPerSecond;
    let seconds: number;
    let rest: number;
    if (high < EXACT_HIGH) {
      const total = high * TWO_32 + low;
      seconds = Math.floor(total / units);
      rest = total - seconds * units;
      // The quotient is rounded to a double first, so it can be one too many.
      if (rest < 0) {
        seconds -= 1;
        rest += units;
      }
    } else {
      // Long division by a divisor of at most 33 bits, in digits of 32, 16 and 16 bits: every step is exact.
      const first = Math.floor(high / units);
      const middle = (high - first * units) * 0x10000 + (low >>> 16);
      const second = Math.floor(middle / units);
      const last = (middle - second * units) * 0x10000 + (low & 0xffff);
      const third = Math.floor(last / units);
      seconds = first * TWO_32 + second * 0x10000 + third;
      rest = last - third * units;
    }
    batch.seconds[index] = seconds + this.#offsetSeconds;
    // rest < 2^32 and 5^9 < 2^21: the product is exact.
    batch.nanoseconds[index] =
      this.#nanosecondsPerUnit === 0
        ? Math.floor((rest * ODD_NANOSECONDS) / this.#oddShift)
        : rest * this.#nanosecondsPerUnit;
  }

  #writeWide(units: bigint, high: number, low: number, batch: PacketBatch, index: number): void {
    const total = (BigInt(high) << 32n) | BigInt(low);
    batch.seconds[index] = Number(total / units + this.#offset);
    batch.nanoseconds[index] = Number(((total % units) * BigInt(NANOSECONDS)) / units);
  }
}
