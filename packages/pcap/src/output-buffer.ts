/** A byte buffer that grows as it is appended to, and is emptied and reused. */
export class OutputBuffer {
  bytes: Uint8Array;
  view: DataView;
  /** Bytes appended. */
  length = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Appends `count` zero bytes and returns where they start. */
  append(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.bytes.length) this.#grow();
    this.bytes.fill(0, at, this.length);
    return at;
  }

  /** Appends a copy of `bytes[start, start + count)` and returns where it starts. */
  appendBytes(bytes: Uint8Array, start: number, count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.bytes.length) this.#grow();
    this.bytes.set(start === 0 && count === bytes.length ? bytes : bytes.subarray(start, start + count), at);
    return at;
  }

  contents(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  #grow(): void {
    const larger = new Uint8Array(Math.max(this.length, this.bytes.length * 2));
    larger.set(this.bytes);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}
