import { Buffer } from 'node:buffer';

/** The key that Microsoft's RSS specification verifies with, and that many drivers ship; 40 bytes. */
export const MICROSOFT_RSS_KEY: Uint8Array = Uint8Array.from(
  Buffer.from('6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa', 'hex'),
);

/** Bytes of a key: enough for 36 bytes of input (two IPv6 addresses and two ports) and the 32-bit window behind them. */
export const RSS_KEY_SIZE = 40;
const INPUT_SIZE = RSS_KEY_SIZE - 4;

/**
 * The Toeplitz hash of receive-side scaling ("RSS hashing functions", Windows driver documentation): every input bit
 * that is set contributes the 32 bits of the key that begin at its place.
 *
 * Contributions are tabulated for every value of every input byte (36 x 256 words), which makes a byte one lookup.
 */
export class Toeplitz {
  readonly key: Uint8Array;
  readonly #table = new Int32Array(INPUT_SIZE * 256);

  /** @param key 40 bytes */
  constructor(key: Uint8Array) {
    this.key = Uint8Array.from(key);
    for (let position = 0; position < INPUT_SIZE; position++) {
      for (let value = 1; value < 256; value++) {
        const bit = 31 - Math.clz32(value);
        // The value without its highest bit is in the table already.
        const rest = this.#table[position * 256 + (value ^ (1 << bit))] as number;
        this.#table[position * 256 + value] = rest ^ this.#window(position * 8 + 7 - bit);
      }
    }
  }

  /**
   * Adds input to a hash. The hash of several pieces is the combination of each at its position, beginning with 0.
   *
   * @param position of the piece in the whole input, in bytes; the input has at most 36
   * @returns the hash as a signed 32-bit integer
   */
  update(hash: number, position: number, bytes: Uint8Array, offset: number, length: number): number {
    const table = this.#table;
    let result = hash;
    let row = position << 8;
    for (let i = 0; i < length; i++) {
      result ^= table[row + (bytes[offset + i] as number)] as number;
      row += 256;
    }
    return result;
  }

  /** 32 bits of the key from a bit position on. */
  #window(bit: number): number {
    const byte = bit >>> 3;
    const shift = bit & 7;
    const [a, b, c, d, e] = this.key.subarray(byte, byte + 5) as unknown as [number, number, number, number, number];
    const high = (a << 24) | (b << 16) | (c << 8) | d;
    return shift === 0 ? high : (high << shift) | ((e ?? 0) >>> (8 - shift));
  }
}
