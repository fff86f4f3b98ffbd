import type { Instruction } from './instruction.ts';
import {
  ALU,
  ATOMIC,
  CALL,
  CLASS,
  JMP,
  type MemorySize,
  MODE,
  OPCODE,
  OPERAND,
  PSEUDO,
  SIZE_OF_BYTES,
  SWAP,
} from './opcodes.ts';

/**
 * One function for each kind of instruction, for code that emits programs. They put numbers together and check
 * nothing: `encode` and `validate` do. A position is added with `{ ...instruction, position }`.
 */

/** The second operand: a register, or a number that is sign-extended to 64 bits. */
export type Operand = { readonly register: number } | { readonly immediate: number };

const ALU_OPERATIONS = {
  add: [ALU.add, 0],
  sub: [ALU.sub, 0],
  mul: [ALU.mul, 0],
  div: [ALU.div, 0],
  sdiv: [ALU.div, 1],
  or: [ALU.or, 0],
  and: [ALU.and, 0],
  lsh: [ALU.lsh, 0],
  rsh: [ALU.rsh, 0],
  arsh: [ALU.arsh, 0],
  mod: [ALU.mod, 0],
  smod: [ALU.mod, 1],
  xor: [ALU.xor, 0],
  mov: [ALU.mov, 0],
} as const;

/** Arithmetic with two operands; `arsh`, `sdiv` and `smod` are signed. */
export type AluOperation = keyof typeof ALU_OPERATIONS;
/** Comparison of a conditional jump; those with `s` are signed, `set` is true where the bitwise and is not 0. */
export type Condition = Exclude<keyof typeof JMP, 'ja' | 'call' | 'exit'>;
export type AtomicOperation = keyof typeof ATOMIC;
/** `le` and `be` convert between the host's order and that one, `bswap` always swaps. */
export type Swap = keyof typeof SWAP;

function plain(opcode: number, destination: number, source: number, offset: number, immediate: number): Instruction {
  return { opcode, destination, source, offset, immediate };
}

function withOperand(opcode: number, destination: number, operand: Operand, offset: number): Instruction {
  return 'register' in operand
    ? plain(opcode | OPERAND.register, destination, operand.register, offset, 0)
    : plain(opcode | OPERAND.immediate, destination, 0, offset, operand.immediate);
}

/** `destination = destination operation operand` in 64 bits. */
export function alu64(operation: AluOperation, destination: number, operand: Operand): Instruction {
  const [code, offset] = ALU_OPERATIONS[operation];
  return withOperand(CLASS.alu64 | code, destination, operand, offset);
}

/** The same in 32 bits; the upper half of the destination becomes 0. */
export function alu32(operation: AluOperation, destination: number, operand: Operand): Instruction {
  const [code, offset] = ALU_OPERATIONS[operation];
  return withOperand(CLASS.alu32 | code, destination, operand, offset);
}

/** `destination = operand`, 64 bits; an immediate is sign-extended. */
export function mov(destination: number, operand: Operand): Instruction {
  return alu64('mov', destination, operand);
}

/** `destination = operand`, 32 bits, zero-extended. */
export function mov32(destination: number, operand: Operand): Instruction {
  return alu32('mov', destination, operand);
}

/**
 * `destination = (s8) source`: the lowest `from` bits, sign-extended (ISA v4).
 *
 * @param width of the result: 32 zero-extends it to 64 bits
 */
export function movSigned(width: 32 | 64, from: 8 | 16 | 32, destination: number, source: number): Instruction {
  const opcode = (width === 64 ? CLASS.alu64 : CLASS.alu32) | ALU.mov | OPERAND.register;
  return plain(opcode, destination, source, from, 0);
}

/** `destination = -destination`. */
export function negate(width: 32 | 64, destination: number): Instruction {
  return plain((width === 64 ? CLASS.alu64 : CLASS.alu32) | ALU.neg, destination, 0, 0, 0);
}

/** `destination = be16 destination`; the bits above `width` become 0. */
export function swap(kind: Swap, width: 16 | 32 | 64, destination: number): Instruction {
  return plain(SWAP[kind], destination, 0, 0, width);
}

/** `destination = *(u32 *)(source + offset)`, zero-extended. */
export function load(size: MemorySize, destination: number, source: number, offset: number): Instruction {
  return plain(CLASS.ldx | MODE.mem | SIZE_OF_BYTES[size], destination, source, offset, 0);
}

/** The same, sign-extended (ISA v4). */
export function loadSigned(size: 1 | 2 | 4, destination: number, source: number, offset: number): Instruction {
  return plain(CLASS.ldx | MODE.memsx | SIZE_OF_BYTES[size], destination, source, offset, 0);
}

/**
 * `r0 = *(u32 *)skb[immediate]`, or `skb[register + immediate]`: the legacy loads from the packet of the context in r6,
 * big-endian, which end the program outside it.
 */
export function loadPacket(
  size: 1 | 2 | 4,
  { register, immediate }: { readonly register?: number; readonly immediate: number },
): Instruction {
  const mode = register === undefined ? MODE.abs : MODE.ind;
  return plain(CLASS.ld | mode | SIZE_OF_BYTES[size], 0, register ?? 0, 0, immediate);
}

/** `*(u32 *)(destination + offset) = source`. */
export function store(size: MemorySize, destination: number, offset: number, source: number): Instruction {
  return plain(CLASS.stx | MODE.mem | SIZE_OF_BYTES[size], destination, source, offset, 0);
}

/** `*(u32 *)(destination + offset) = immediate`, sign-extended for 8 bytes. */
export function storeImmediate(size: MemorySize, destination: number, offset: number, immediate: number): Instruction {
  return plain(CLASS.st | MODE.mem | SIZE_OF_BYTES[size], destination, 0, offset, immediate);
}

/**
 * An atomic operation on `destination + offset` with the source register. `loadAcquire` is the other way round: it
 * loads from `source + offset` into the destination.
 *
 * @param size 4 or 8; 1 and 2 for `loadAcquire` and `storeRelease` only
 */
export function atomic(
  operation: AtomicOperation,
  size: MemorySize,
  destination: number,
  offset: number,
  source: number,
): Instruction {
  return plain(CLASS.stx | MODE.atomic | SIZE_OF_BYTES[size], destination, source, offset, ATOMIC[operation]);
}

/** Continues `distance` slots after the next instruction: 16 bits. */
export function jump(distance: number): Instruction {
  return plain(OPCODE.jump, 0, 0, distance, 0);
}

/** The same with 32 bits (ISA v4). */
export function jumpLong(distance: number): Instruction {
  return plain(OPCODE.jumpLong, 0, 0, 0, distance);
}

/** Jumps where `register condition operand` holds in 64 bits. */
export function jumpIf(condition: Condition, register: number, operand: Operand, distance: number): Instruction {
  return withOperand(CLASS.jmp | JMP[condition], register, operand, distance);
}

/** Jumps where it holds of the lower 32 bits. */
export function jumpIf32(condition: Condition, register: number, operand: Operand, distance: number): Instruction {
  return withOperand(CLASS.jmp32 | JMP[condition], register, operand, distance);
}

/** Calls a helper of the kernel by its number (`HELPERS`): arguments in r1..r5, result in r0. */
export function call(helper: number): Instruction {
  return plain(OPCODE.call, 0, CALL.helper, 0, helper);
}

/** Calls the function of this program that starts `distance` slots after the next instruction. */
export function callLocal(distance: number): Instruction {
  return plain(OPCODE.call, 0, CALL.local, 0, distance);
}

/** Returns r0 from the function. */
export function exit(): Instruction {
  return plain(OPCODE.exit, 0, 0, 0, 0);
}

/** `destination = high << 32 | low`; both halves signed or unsigned. */
export function loadImmediate64(destination: number, low: number, high: number): Instruction {
  return { ...plain(OPCODE.loadImmediate64, destination, PSEUDO.immediate, 0, low | 0), immediateHigh: high | 0 };
}

/** `destination = map[name]`: the map, as helpers take it. */
export function loadMap(destination: number, name: string): Instruction {
  return {
    ...plain(OPCODE.loadImmediate64, destination, PSEUDO.mapFd, 0, 0),
    immediateHigh: 0,
    reference: { kind: 'map', name, offset: 0 },
  };
}

/** `destination = map[name][0] + offset`: the address of a byte in the value of a one-entry array. */
export function loadMapValue(destination: number, name: string, offset: number): Instruction {
  return {
    ...plain(OPCODE.loadImmediate64, destination, PSEUDO.mapValue, 0, 0),
    immediateHigh: 0,
    reference: { kind: 'mapValue', name, offset },
  };
}

/** `destination =` the function that starts `distance` slots after this instruction's own first slot plus one. */
export function loadFunction(destination: number, distance: number): Instruction {
  return { ...plain(OPCODE.loadImmediate64, destination, PSEUDO.function, 0, distance), immediateHigh: 0 };
}
