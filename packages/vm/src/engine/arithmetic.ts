/**
 * 64-bit arithmetic on registers that are pairs of 32-bit words (lower word at an even index, upper word behind it),
 * for what does not fit a line of the interpreter. No BigInt: it costs 40 times as much.
 */
export type Registers = Int32Array;

const TWO_32 = 2 ** 32;
/** Below this, quotients and remainders of doubles are exact. */
const EXACT_HIGH_WORD = 2 ** 21;

/** `d *= s`, modulo 2^64. */
export function multiply64(registers: Registers, d: number, s: number): void {
  const dl = registers[d] as number;
  const sl = registers[s] as number;
  const d0 = dl & 0xffff;
  const d1 = dl >>> 16;
  const s0 = sl & 0xffff;
  const s1 = sl >>> 16;
  const low = Math.imul(d0, s0);
  // Neither sum exceeds 32 bits: 0xffff * 0xffff + 0xffff = 0xffff0000.
  const middle = (Math.imul(d1, s0) >>> 0) + (low >>> 16);
  const carried = (Math.imul(d0, s1) >>> 0) + (middle & 0xffff);
  const high = Math.imul(d1, s1) + (middle >>> 16) + (carried >>> 16);
  const cross = Math.imul(registers[d + 1] as number, sl) + Math.imul(dl, registers[s + 1] as number);
  registers[d] = (carried << 16) | (low & 0xffff);
  registers[d + 1] = (high + cross) | 0;
}

/** `d /= s`, unsigned; 0 where `s` is 0 (RFC 9669 section 4.1). */
export function divide64(registers: Registers, d: number, s: number): void {
  divideWords(registers, d, s, true);
}

/** `d %= s`, unsigned; `d` where `s` is 0. */
export function modulo64(registers: Registers, d: number, s: number): void {
  divideWords(registers, d, s, false);
}

/** `d /= s`, signed and truncating; 0 where `s` is 0, the smallest number where it is divided by -1. */
export function divideSigned64(registers: Registers, d: number, s: number): void {
  const negative = ((registers[d + 1] as number) ^ (registers[s + 1] as number)) < 0;
  withMagnitudes(registers, d, s, true);
  if (negative) negate64(registers, d);
}

/** `d %= s`, with the sign of `d`; `d` where `s` is 0, 0 where `s` is -1. */
export function moduloSigned64(registers: Registers, d: number, s: number): void {
  const negative = (registers[d + 1] as number) < 0;
  withMagnitudes(registers, d, s, false);
  if (negative) negate64(registers, d);
}

/** `d = -d`. */
export function negate64(registers: Registers, d: number): void {
  const low = registers[d] as number;
  registers[d] = -low | 0;
  registers[d + 1] = low === 0 ? -(registers[d + 1] as number) | 0 : ~(registers[d + 1] as number);
}

function withMagnitudes(registers: Registers, d: number, s: number, quotient: boolean): void {
  if ((registers[d + 1] as number) < 0) negate64(registers, d);
  const divisorNegative = (registers[s + 1] as number) < 0;
  // d may be s: then it is positive already.
  if (divisorNegative) negate64(registers, s);
  const low = registers[s] as number;
  const high = registers[s + 1] as number;
  divideWords(registers, d, s, quotient);
  if (divisorNegative && s !== d) {
    registers[s] = low;
    registers[s + 1] = high;
    negate64(registers, s);
  }
}

function divideWords(registers: Registers, d: number, s: number, quotient: boolean): void {
  const dl = (registers[d] as number) >>> 0;
  const dh = (registers[d + 1] as number) >>> 0;
  const sl = (registers[s] as number) >>> 0;
  const sh = (registers[s + 1] as number) >>> 0;
  if ((sl | sh) === 0) {
    if (quotient) {
      registers[d] = 0;
      registers[d + 1] = 0;
    }
  } else if (dh < EXACT_HIGH_WORD && sh < EXACT_HIGH_WORD) {
    const dividend = dh * TWO_32 + dl;
    const divisor = sh * TWO_32 + sl;
    const result = quotient ? Math.floor(dividend / divisor) : dividend % divisor;
    registers[d] = result | 0;
    registers[d + 1] = (result / TWO_32) | 0;
  } else {
    divideBits(registers, d, dl, dh, sl, sh, quotient);
  }
}

/** Long division, one bit a step. */
function divideBits(
  registers: Registers,
  d: number,
  dl: number,
  dh: number,
  sl: number,
  sh: number,
  quotient: boolean,
): void {
  let low = dl | 0;
  let high = dh | 0;
  let restLow = 0;
  let restHigh = 0;
  for (let bit = 0; bit < 64; bit++) {
    const overflow = restHigh < 0;
    restHigh = (restHigh << 1) | (restLow >>> 31);
    restLow = (restLow << 1) | (high >>> 31);
    high = (high << 1) | (low >>> 31);
    low <<= 1;
    const fits = restHigh >>> 0 > sh || (restHigh >>> 0 === sh && restLow >>> 0 >= sl);
    if (overflow || fits) {
      const borrow = restLow >>> 0 < sl ? 1 : 0;
      restLow = (restLow - sl) | 0;
      restHigh = (restHigh - sh - borrow) | 0;
      low |= 1;
    }
  }
  registers[d] = quotient ? low : restLow;
  registers[d + 1] = quotient ? high : restHigh;
}

/** The bytes of a 32-bit word in reverse. */
export function swap32(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
