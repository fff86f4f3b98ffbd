/**
 * A sliding window over a stream of bytes: the reader appends at `end`, a decoder consumes from `start`.
 *
 * The buffer is reused and grows only after that many bytes have really arrived, so a record that claims
 * gigabytes costs no more memory than the file has bytes.
 */
export class ByteWindow {
  bytes: Uint8Array;
  view: DataView;
  /** First byte that is not consumed. */
  start = 0;
  /** One past the last byte that has arrived. */
  end = 0;
  /** File offset of `bytes[0]`. */
  base = 0;
  /** Bytes that must be available from `start` before the decoder can go on. */
  wanted = 1;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  get available(): number {
    return this.end - this.start;
  }

  /** File offset of the first byte that is not consumed. */
  get position(): number {
    return this.base + this.start;
  }

  /** Moves what is left to the front, grows if the next record needs it, and returns the free space to read into. */
  room(): Uint8Array {
    if (this.start > 0) {
      this.bytes.copyWithin(0, this.start, this.end);
      this.base += this.start;
      this.end -= this.start;
      this.start = 0;
    }
    if (this.end === this.bytes.length) this.#grow();
    return this.bytes.subarray(this.end);
  }

  /** Forgets everything, as before the first read. */
  reset(): void {
    this.start = 0;
    this.end = 0;
    this.base = 0;
  }

  #grow(): void {
    const larger = new Uint8Array(Math.min(Math.max(this.wanted, this.bytes.length + 1), this.bytes.length * 2));
    larger.set(this.bytes);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}
