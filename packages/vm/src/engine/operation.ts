/**
 * What the interpreter's switch branches on. An instruction keeps its RFC 9669 opcode in the form with a source
 * register (immediates become constant registers, see prepare.ts); operations that RFC 9669 tells apart by other
 * fields get numbers above 0xff here. V8 makes a jump table only of literal cases, so the interpreter repeats these
 * numbers; a test holds the two together.
 */
export const OPERATION = {
  sdiv64: 0x100,
  smod64: 0x101,
  sdiv32: 0x102,
  smod32: 0x103,
  movsx8To64: 0x104,
  movsx16To64: 0x105,
  movsx32To64: 0x106,
  movsx8To32: 0x107,
  movsx16To32: 0x108,
  swap16: 0x109,
  swap32: 0x10a,
  swap64: 0x10b,
  truncate16: 0x10c,
  truncate32: 0x10d,
  nothing: 0x10e,
  callLocal: 0x10f,
  tailCall: 0x110,
  atomicAdd32: 0x111,
  atomicAdd64: 0x112,
  atomic32: 0x113,
  atomic64: 0x114,
  loadAcquire: 0x115,
  storeRelease: 0x116,
  loadPacket: 0x117,
  past: 0x118,
} as const;

/** Words of prepared code for each slot: operation and destination, source, offset or target, immediate. */
export const WORDS_PER_SLOT = 4;
/** The first word is the operation with the destination's register index above these bits. */
export const DESTINATION_SHIFT = 16;
/** r0..r10 as pairs of words; constant registers follow. */
export const FIRST_CONSTANT = 22;
