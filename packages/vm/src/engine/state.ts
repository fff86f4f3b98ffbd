/**
 * Where the engine keeps what the interpreter and the helpers both need, in one Int32Array: addresses lie above 2^30,
 * where V8 would box them as properties of an object. Addresses are unsigned 32-bit, stored as signed.
 */
export const STATE = {
  /** Word index of the instruction that runs, for faults. */
  pc: 0,
  /** Frames that are active below the current one. */
  depth: 1,
  /** Instructions that the run may still execute. */
  budget: 2,
  /** What a program may touch of the packet as it is now: from data_meta on, up to data_end. */
  packet: 3,
  packetLength: 4,
  /** Address and length of the context. */
  context: 5,
  contextLength: 6,
  /** The map value that was touched last, and how many bytes of it may be read and written. */
  element: 7,
  elementReadable: 8,
  elementWritable: 9,
  /** A key that for_each_map_elem shows to its callback. */
  key: 10,
  keyLength: 11,
  /** Tail calls of this run. */
  tailCalls: 12,
} as const;
export const STATE_WORDS = 16;
