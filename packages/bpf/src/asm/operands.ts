import type { Instruction } from '../isa/instruction.ts';
import type { Operand } from '../isa/make.ts';
import type { MemorySize } from '../isa/opcodes.ts';
import { type Cursor, isName } from './cursor.ts';
import { TYPE_SIZES } from './notation.ts';

/** A name instead of a distance: where it is, is known after the last line. */
export interface LabelUse {
  readonly name: string;
  readonly column: number;
  /** What the name means if it is no label: the helper of a call. */
  readonly otherwise?: Instruction;
}

export interface ParsedInstruction {
  readonly instruction: Instruction;
  readonly label?: LabelUse;
}

export interface Register {
  readonly number: number;
  readonly width: 32 | 64;
  readonly column: number;
}

export interface Access {
  readonly size: MemorySize;
  readonly signed: boolean;
  readonly base: number;
  readonly offset: number;
}

const REGISTER = /^[rw](\d|10)$/;
/** The range of an immediate. */
export const INT32 = [-0x8000_0000, 0x7fff_ffff] as const;

export function isRegister(token: string | undefined): token is string {
  return token !== undefined && REGISTER.test(token);
}

export function parseRegister(cursor: Cursor): Register {
  const { column } = cursor;
  const token = cursor.take('a register');
  if (!isRegister(token)) cursor.refuse(`'${token}' is no register: use r0 to r10, or w0 to w10 for 32 bits.`, column);
  return { number: Number(token.slice(1)), width: token[0] === 'w' ? 32 : 64, column };
}

/** `r3` of an instruction whose width is known; the other letter is another instruction. */
export function parseRegisterOf(cursor: Cursor, width: 32 | 64): number {
  const register = parseRegister(cursor);
  if (register.width !== width) {
    const letter = width === 32 ? 'w' : 'r';
    cursor.refuse(`both registers have the same width: write ${letter}${register.number}.`, register.column);
  }
  return register.number;
}

/**
 * A 32-bit immediate. Where the machine looks at 32 bits only, and where the kernel prints bits (comparisons), 0x80000000
 * to 0xffffffff stand for their negative numbers; elsewhere they would silently become something else.
 */
export function parseImmediate(cursor: Cursor, bitsAllowed: boolean): number {
  const { column } = cursor;
  const hexadecimal = cursor.peek()?.startsWith('0x') === true;
  const value = cursor.integer('a register or a number');
  if (bitsAllowed && hexadecimal && value <= 0xffff_ffffn) return Number(value) | 0;
  if (value < INT32[0] || value > INT32[1]) {
    cursor.refuse(`${value} does not fit 32 signed bits: load it with 'r1 = ${value} ll' first.`, column);
  }
  return Number(value);
}

export function parseOperand(cursor: Cursor, width: 32 | 64, bitsAllowed = width === 32): Operand {
  if (isRegister(cursor.peek())) return { register: parseRegisterOf(cursor, width) };
  return { immediate: parseImmediate(cursor, bitsAllowed) };
}

/** `(u32 *)`, with both parentheses. */
export function parseType(cursor: Cursor): { readonly size: MemorySize; readonly signed: boolean } {
  cursor.expect('(');
  const { column } = cursor;
  const name = cursor.take('a type');
  const type = Object.hasOwn(TYPE_SIZES, name) ? TYPE_SIZES[name] : undefined;
  if (!type) return cursor.refuse(`'${name}' is no type: use ${Object.keys(TYPE_SIZES).join(', ')}.`, column);
  cursor.expect('*', ')');
  return type;
}

/** `r1 +4)`: what follows an opened parenthesis. */
export function parseAddress(cursor: Cursor): { readonly base: number; readonly offset: number } {
  const base = parseRegisterOf(cursor, 64);
  const offset = cursor.peek() === ')' ? 0 : parseOffset(cursor);
  cursor.expect(')');
  return { base, offset };
}

export function parseOffset(cursor: Cursor): number {
  if (cursor.peek() !== '+' && cursor.peek() !== '-') cursor.refuse("an offset has a sign: write '+4' or '-4'.");
  return cursor.number('offset', -0x8000, 0x7fff);
}

/** `(u32 *)(r1 +4)`. */
export function parseAccess(cursor: Cursor): Access {
  const type = parseType(cursor);
  cursor.expect('(');
  return { ...type, ...parseAddress(cursor) };
}

/** `+3`, `pc+3` or a label. */
export function parseTarget(cursor: Cursor, set: (distance: number) => Instruction): ParsedInstruction {
  const { column } = cursor;
  const token = cursor.peek();
  const relative = token === '+' || token === '-';
  if (!relative && token !== 'pc') {
    if (!isName(token)) return cursor.refuse(`no target: write a label, '+3' or 'pc+3'.`);
    cursor.take('a label');
    return { instruction: set(0), label: { name: token, column } };
  }
  if (!relative) cursor.take('pc');
  if (cursor.peek() !== '+' && cursor.peek() !== '-') cursor.refuse("a distance has a sign: write 'pc+3' or 'pc-3'.");
  return { instruction: set(cursor.number('distance', ...INT32)) };
}
