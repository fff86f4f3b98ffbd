/** Frame check sequence, in bytes. */
export const FCS_SIZE = 4;
/** The shortest frame a wire carries, without its FCS (IEEE 802.3 4.4.2 minFrameSize, 64 with it). */
export const MIN_FRAME = 60;
/** Preamble and start-of-frame delimiter (IEEE 802.3 3.1.1). */
const PREAMBLE = 8;
/** The least gap between two frames (IEEE 802.3 4.4.2 interPacketGap, 96 bit times). */
const INTER_FRAME_GAP = 12;

/**
 * How long frames occupy a wire. Lengths are without FCS; what is shorter than 60 bytes takes as long as 60.
 *
 * 64-byte frames (FCS included) at 10 Gb/s: 84 bytes, 67.2 ns each, 14.881 million a second.
 */
export class LineRate {
  readonly bitsPerSecond: number;
  /** Nanoseconds that a byte takes. */
  readonly byteTime: number;

  constructor(bitsPerSecond: number) {
    this.bitsPerSecond = bitsPerSecond;
    this.byteTime = 8e9 / bitsPerSecond;
  }

  /** Nanoseconds from the first bit of the preamble to the last bit of the FCS. */
  frameTime(length: number): number {
    return (Math.max(length, MIN_FRAME) + FCS_SIZE + PREAMBLE) * this.byteTime;
  }

  /** Nanoseconds until the next frame may begin. */
  slotTime(length: number): number {
    return (Math.max(length, MIN_FRAME) + FCS_SIZE + PREAMBLE + INTER_FRAME_GAP) * this.byteTime;
  }
}
