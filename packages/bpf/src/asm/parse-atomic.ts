import type { Instruction } from '../isa/instruction.ts';
import * as make from '../isa/make.ts';
import type { MemorySize } from '../isa/opcodes.ts';
import type { Cursor } from './cursor.ts';
import { FETCH_NAMES, invert } from './notation.ts';
import { parseAddress, parseRegister, parseType, type Register } from './operands.ts';

const FETCH_BY_NAME = invert(FETCH_NAMES);
/** The kernel's `atomic64_fetch_add`, `atomic_cmpxchg`. */
const KERNEL = /^atomic(?:64)?_(fetch_\w+|xchg|cmpxchg)$/;
/** LLVM's `xchg_64`, `cmpxchg32_32`. */
const LLVM = /^(xchg|cmpxchg)(?:32)?_(32|64)$/;

/**
 * `load_acquire(...)`, or an atomic operation that gives the old value back, after `r2 =`. The result's register is
 * the operand's, or r0 for a compare-and-exchange; both letters are taken for 32 bits, as LLVM writes `w2`.
 */
export function parseAssignedCall(cursor: Cursor, result: Register): Instruction | undefined {
  const token = cursor.peek() ?? '';
  if (token === 'load_acquire') {
    cursor.expect('load_acquire', '(');
    const { size } = parseType(cursor);
    cursor.expect('(');
    const { base, offset } = parseAddress(cursor);
    cursor.expect(')');
    return make.atomic('loadAcquire', size, result.number, offset, base);
  }
  const llvm = LLVM.exec(token);
  const name = llvm?.[1] ?? KERNEL.exec(token)?.[1];
  if (name === undefined) return undefined;
  const { column } = cursor;
  cursor.take('an operation');
  const operation = name === 'xchg' ? 'exchange' : name === 'cmpxchg' ? 'compareExchange' : FETCH_BY_NAME.get(name);
  if (!operation) {
    return cursor.refuse(`no atomic operation: use ${Object.values(FETCH_NAMES).join(', ')}, xchg, cmpxchg.`, column);
  }
  cursor.expect('(');
  const { size, base, offset } = parseTarget(cursor, llvm ? (Number(llvm[2]) === 64 ? 8 : 4) : undefined);
  cursor.expect(',');
  if (operation === 'compareExchange') {
    requireRegister(cursor, 0);
    cursor.expect(',');
    const source = parseRegister(cursor).number;
    cursor.expect(')');
    if (result.number !== 0) cursor.refuse('a compare-and-exchange gives the old value in r0.', result.column);
    return make.atomic(operation, size, base, offset, source);
  }
  requireRegister(cursor, result.number);
  cursor.expect(')');
  return make.atomic(operation, size, base, offset, result.number);
}

/** `(u64 *)(r1 +0)`, or with a known size LLVM's `r1 + 0`. The comma after the latter stays. */
function parseTarget(cursor: Cursor, size: MemorySize | undefined): { size: MemorySize; base: number; offset: number } {
  if (size === undefined) {
    const type = parseType(cursor);
    cursor.expect('(');
    return { size: type.size, ...parseAddress(cursor) };
  }
  const base = parseRegister(cursor).number;
  const offset = cursor.peek() === ',' ? 0 : cursor.number('offset', -0x8000, 0x7fff);
  return { size, base, offset };
}

function requireRegister(cursor: Cursor, number: number): void {
  const register = parseRegister(cursor);
  if (register.number !== number) cursor.refuse(`the machine uses r${number} here: write that.`, register.column);
}
