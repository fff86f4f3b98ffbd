/**
 * The numbers of the instruction set, RFC 9669: an opcode is `class | operation | source` for arithmetic and jumps
 * (section 4), `class | size | mode` for memory (section 5).
 */

/** Lowest three bits of every opcode. */
export const CLASS = {
  ld: 0x00,
  ldx: 0x01,
  st: 0x02,
  stx: 0x03,
  alu32: 0x04,
  jmp: 0x05,
  jmp32: 0x06,
  alu64: 0x07,
} as const;
export const CLASS_MASK = 0x07;

/** Bit 3 of arithmetic and jumps: whether the second operand is the immediate (K) or the source register (X). */
export const OPERAND = { immediate: 0x00, register: 0x08 } as const;
export const OPERAND_MASK = 0x08;

/** Highest four bits of arithmetic, section 4.1. Division, modulo and moves are signed by their offset. */
export const ALU = {
  add: 0x00,
  sub: 0x10,
  mul: 0x20,
  div: 0x30,
  or: 0x40,
  and: 0x50,
  lsh: 0x60,
  rsh: 0x70,
  neg: 0x80,
  mod: 0x90,
  xor: 0xa0,
  mov: 0xb0,
  arsh: 0xc0,
  end: 0xd0,
} as const;

/** Offset of `div` and `mod` that makes them signed (sdiv, smod). */
export const SIGNED_DIVISION = 1;

/** Highest four bits of jumps, section 4.3. */
export const JMP = {
  ja: 0x00,
  eq: 0x10,
  gt: 0x20,
  ge: 0x30,
  set: 0x40,
  ne: 0x50,
  sgt: 0x60,
  sge: 0x70,
  call: 0x80,
  exit: 0x90,
  lt: 0xa0,
  le: 0xb0,
  slt: 0xc0,
  sle: 0xd0,
} as const;
/** Operation bits of arithmetic and jumps. */
export const OPERATION_MASK = 0xf0;

/** Bits 3 and 4 of memory instructions, section 5. */
export const SIZE = { w: 0x00, h: 0x08, b: 0x10, dw: 0x18 } as const;
export const SIZE_MASK = 0x18;

/** Bytes of an access. */
export type MemorySize = 1 | 2 | 4 | 8;
export const SIZE_OF_BYTES: Readonly<Record<MemorySize, number>> = { 1: SIZE.b, 2: SIZE.h, 4: SIZE.w, 8: SIZE.dw };

/** Bytes by the size bits, shifted right by 3. */
const BYTES: readonly MemorySize[] = [4, 2, 1, 8];

/** Bytes that a memory instruction reads or writes. */
export function accessSize(opcode: number): MemorySize {
  return BYTES[(opcode & SIZE_MASK) >> 3] ?? 8;
}

/** Highest three bits of memory instructions, section 5. `abs` and `ind` are the legacy packet loads of section 5.7. */
export const MODE = { imm: 0x00, abs: 0x20, ind: 0x40, mem: 0x60, memsx: 0x80, atomic: 0xc0 } as const;
export const MODE_MASK = 0xe0;

/**
 * Immediate of an atomic instruction, section 5.3; the last two are the kernel's (`BPF_LOAD_ACQ`, `BPF_STORE_REL` in
 * linux/filter.h, since 6.15).
 */
export const ATOMIC = {
  add: 0x00,
  or: 0x40,
  and: 0x50,
  xor: 0xa0,
  fetchAdd: 0x01,
  fetchOr: 0x41,
  fetchAnd: 0x51,
  fetchXor: 0xa1,
  exchange: 0xe1,
  compareExchange: 0xf1,
  loadAcquire: 0x100,
  storeRelease: 0x110,
} as const;
/** Bit of an atomic's immediate: the old value goes to the source register. */
export const ATOMIC_FETCH = 0x01;

/** Source bit of `end`: to little endian, to big endian (ALU32), or an unconditional swap (ALU64). */
export const SWAP = {
  le: CLASS.alu32 | ALU.end | OPERAND.immediate,
  be: CLASS.alu32 | ALU.end | OPERAND.register,
  bswap: CLASS.alu64 | ALU.end | OPERAND.immediate,
} as const;

/** What the immediate of a 64-bit load means, in its source field: section 5.4 and `BPF_PSEUDO_*` in linux/bpf.h. */
export const PSEUDO = {
  immediate: 0,
  mapFd: 1,
  mapValue: 2,
  btfId: 3,
  function: 4,
  mapIndex: 5,
  mapIndexValue: 6,
} as const;

/** What a call's immediate means, in its source field: section 4.3.1. */
export const CALL = { helper: 0, local: 1, kfunc: 2 } as const;

/** Complete opcodes that have no operand variants. */
export const OPCODE = {
  loadImmediate64: CLASS.ld | MODE.imm | SIZE.dw,
  jump: CLASS.jmp | JMP.ja,
  jumpLong: CLASS.jmp32 | JMP.ja,
  call: CLASS.jmp | JMP.call,
  exit: CLASS.jmp | JMP.exit,
} as const;

/** r0..r10. */
export const REGISTERS = 11;
/** r10 points past the stack's end and cannot be written. */
export const FRAME_POINTER = 10;
/** Bytes of stack below r10 (`MAX_BPF_STACK` in linux/filter.h). */
export const STACK_SIZE = 512;
/** Functions that may be active at once (`MAX_CALL_FRAMES` in linux/bpf_verifier.h). */
export const MAX_CALL_FRAMES = 8;
/** Tail calls in a row (`MAX_TAIL_CALL_CNT` in linux/bpf.h). */
export const MAX_TAIL_CALLS = 33;
