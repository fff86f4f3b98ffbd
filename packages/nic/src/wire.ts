/** Bits of a wire frame's `flags`. */
export const FRAME_FLAG = {
  /** The frame check sequence is wrong: the MAC drops the frame and counts rx_crc_errors. */
  BAD_FCS: 1 << 0,
} as const;

/**
 * The frame that a wire carries now: one object for each device, which its source fills in again and again, so that
 * frames cost no object.
 */
export interface WireFrame {
  /**
   * When the sender means to begin, in virtual nanoseconds. The wire is busy with the frame before until its last
   * gap has passed; a frame that is meant for earlier follows without delay. So a source that says 0 each time runs at
   * line rate.
   */
  time: number;
  /** Where the bytes are. They must stay as they are until the source is asked for the next frame. */
  bytes: Uint8Array;
  offset: number;
  /** Bytes of the frame, without its FCS. */
  length: number;
  /** Bits of `FRAME_FLAG`. */
  flags: number;
}

/**
 * Where a device's wire gets its frames from. The device pulls: it asks for one frame ahead of the one that it is
 * working on, never earlier.
 *
 * Frames in the machine's own memory (`bytes` is `memory.bytes`) at offsets that are multiples of 4 are copied
 * fastest; any other Uint8Array will do.
 */
export interface FrameSource {
  /**
   * Fills in the next frame, all five fields.
   *
   * @returns false when there is none at present. The device then does not ask again until `nic.wakeWire()`; a source
   *   that must first wait for something outside the simulation (a file) calls `clock.stop()` before it returns, so
   *   that time does not go on without its frames.
   */
  next(frame: WireFrame): boolean;
}

/** Where a device's wire takes its frames to. */
export interface FrameSink {
  /**
   * Takes a frame that leaves. It may be called somewhat ahead of the clock; the bytes are the caller's again
   * afterwards, so a sink that keeps them copies them.
   *
   * @param bytes the machine's memory
   * @param offset of the frame in it
   * @param length without FCS
   * @param time when its last bit leaves, in virtual nanoseconds; never less than for the frame before
   */
  transmit(bytes: Uint8Array, offset: number, length: number, time: number): void;
}
