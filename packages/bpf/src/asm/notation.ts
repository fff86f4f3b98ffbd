import type { AluOperation, Condition } from '../isa/make.ts';
import type { MemorySize } from '../isa/opcodes.ts';

/** The kernel's signs for operations (kernel/bpf/disasm.c), read by the assembler and the disassembler. */
export const ALU_SIGNS: Readonly<Record<AluOperation, string>> = {
  add: '+=',
  sub: '-=',
  mul: '*=',
  div: '/=',
  sdiv: 's/=',
  or: '|=',
  and: '&=',
  lsh: '<<=',
  rsh: '>>=',
  arsh: 's>>=',
  mod: '%=',
  smod: 's%=',
  xor: '^=',
  mov: '=',
};

export const CONDITION_SIGNS: Readonly<Record<Condition, string>> = {
  eq: '==',
  ne: '!=',
  gt: '>',
  ge: '>=',
  lt: '<',
  le: '<=',
  sgt: 's>',
  sge: 's>=',
  slt: 's<',
  sle: 's<=',
  set: '&',
};

/** Atomic operations that give nothing back, as in `lock *(u64 *)(r1 +0) += r2`. */
export const LOCK_SIGNS = { add: '+=', or: '|=', and: '&=', xor: '^=' } as const;
/** Those that give the old value back, as in `r2 = atomic64_fetch_add((u64 *)(r1 +0), r2)`. */
export const FETCH_NAMES = {
  fetchAdd: 'fetch_add',
  fetchOr: 'fetch_or',
  fetchAnd: 'fetch_and',
  fetchXor: 'fetch_xor',
} as const;

/** `u32` and `s32` by their bytes. */
export const TYPE_SIZES: Readonly<Record<string, { readonly size: MemorySize; readonly signed: boolean }>> = {
  u8: { size: 1, signed: false },
  u16: { size: 2, signed: false },
  u32: { size: 4, signed: false },
  u64: { size: 8, signed: false },
  s8: { size: 1, signed: true },
  s16: { size: 2, signed: true },
  s32: { size: 4, signed: true },
};

/** The table the other way round. */
export function invert<K extends string>(table: Readonly<Record<K, string>>): ReadonlyMap<string, K> {
  return new Map(Object.entries<string>(table).map(([key, sign]) => [sign, key as K]));
}

/** `name: 2` as `2: name`. */
export function byNumber(table: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(table).map(([name, number]) => [number, name]));
}
