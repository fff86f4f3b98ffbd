/**
 * What the interpreter's switch branches on. An instruction keeps its RFC 9669 opcode in the form with a source
 * register (immediates become constant registers, see prepare.ts); operations that RFC 9669 tells apart by other
 * fields get numbers from 0xe0 on here, where RFC 9669 has none. V8 makes a jump table only of literal cases that are not
 * too far apart (fewer than three numbers a case), so the interpreter repeats these numbers; a test holds the two together.
 */
export const OPERATION = {
  sdiv64: 0xe0,
  smod64: 0xe1,
  sdiv32: 0xe2,
  smod32: 0xe3,
  movsx8To64: 0xe4,
  movsx16To64: 0xe5,
  movsx32To64: 0xe6,
  movsx8To32: 0xe7,
  movsx16To32: 0xe8,
  swap16: 0xe9,
  swap32: 0xea,
  swap64: 0xeb,
  truncate16: 0xec,
  truncate32: 0xed,
  nothing: 0xee,
  callLocal: 0xef,
  tailCall: 0xf0,
  atomicAdd32: 0xf1,
  atomicAdd64: 0xf2,
  atomic32: 0xf3,
  atomic64: 0xf4,
  loadAcquire: 0xf5,
  storeRelease: 0xf6,
  loadPacket: 0xf7,
  past: 0xf8,
  moveAdd64: 0xf9,
  moveAddJgt64: 0xfa,
  load8Jne64: 0xfb,
  load16Jne64: 0xfc,
  load8Jeq64: 0xfd,
  load16Jeq64: 0xfe,
} as const;

/** Words of prepared code for each slot: operation, destination, source, and a fourth whose meaning varies. */
export const WORDS_PER_SLOT = 4;
/** What an operation with two numbers to keep puts into its fourth word: the offset below, the rest above. */
export const OFFSET_BITS = 16;
/** r0..r10 as pairs of words, the lower one first; constants follow. */
export const REGISTER_WORDS = 22;
