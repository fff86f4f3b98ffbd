import type { PacketBatch } from '@hookline/pcap';

/** What is counted over the packets of a capture. */
export class Totals {
  packets = 0;
  /** Bytes recorded. */
  capturedBytes = 0;
  /** Bytes the packets had on the wire. */
  originalBytes = 0;
  /** Packets and bytes on the wire by interface. */
  readonly interfaces: { packets: number; originalBytes: number }[] = [];
  #untimed = 0;
  #first = { seconds: Number.POSITIVE_INFINITY, nanoseconds: 0 };
  #last = { seconds: Number.NEGATIVE_INFINITY, nanoseconds: 0 };

  /**
   * Earliest timestamp in nanoseconds since 1970. Like the latest it is null when there are no packets, and when a
   * packet has no timestamp: a range that leaves packets out would be false.
   */
  get first(): bigint | null {
    return this.#untimed > 0 || this.packets === 0 ? null : join(this.#first);
  }

  get last(): bigint | null {
    return this.#untimed > 0 || this.packets === 0 ? null : join(this.#last);
  }

  /** Counts the first `count` packets of a batch. */
  add(batch: PacketBatch, count: number): void {
    const { seconds, nanoseconds, timed, capturedLength, originalLength, interfaceIndex } = batch;
    const first = this.#first;
    const last = this.#last;
    for (let i = 0; i < count; i += 1) {
      const original = originalLength[i] as number;
      const port = this.#interface(interfaceIndex[i] as number);
      port.packets += 1;
      port.originalBytes += original;
      this.capturedBytes += capturedLength[i] as number;
      this.originalBytes += original;
      if (timed[i] === 0) {
        this.#untimed += 1;
        continue;
      }
      const second = seconds[i] as number;
      const rest = nanoseconds[i] as number;
      if (second < first.seconds || (second === first.seconds && rest < first.nanoseconds)) {
        first.seconds = second;
        first.nanoseconds = rest;
      }
      if (second > last.seconds || (second === last.seconds && rest > last.nanoseconds)) {
        last.seconds = second;
        last.nanoseconds = rest;
      }
    }
    this.packets += count;
  }

  #interface(index: number): { packets: number; originalBytes: number } {
    while (this.interfaces.length <= index) this.interfaces.push({ packets: 0, originalBytes: 0 });
    return this.interfaces[index] as { packets: number; originalBytes: number };
  }
}

function join({ seconds, nanoseconds }: { seconds: number; nanoseconds: number }): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
}
