import type { Instruction } from '../isa/instruction.ts';
import * as make from '../isa/make.ts';
import { PSEUDO } from '../isa/opcodes.ts';
import type { Cursor } from './cursor.ts';
import {
  INT32,
  isRegister,
  type ParsedInstruction,
  parseAddress,
  parseImmediate,
  parseRegister,
  parseRegisterOf,
  parseTarget,
  parseType,
  type Register,
} from './operands.ts';
import { parseAssignedCall } from './parse-atomic.ts';

/** By the type that is extended. */
const EXTENSIONS: ReadonlyMap<string, 8 | 16 | 32> = new Map([
  ['s8', 8],
  ['s16', 16],
  ['s32', 32],
]);

/** `r0 = *(u32 *)(r1 +4)` or `r0 = *(u32 *)skb[12]`, from the star on. */
function parseLoad(cursor: Cursor, destination: number): Instruction {
  const { column } = cursor;
  const type = parseType(cursor);
  if (cursor.accept('skb')) {
    if (destination !== 0 || type.signed || type.size === 8) {
      return cursor.refuse("such a load gives u8, u16 or u32 in r0: write 'r0 = *(u32 *)skb[12]'.", column);
    }
    return parsePacketLoad(cursor, type.size);
  }
  cursor.expect('(');
  const { base, offset } = parseAddress(cursor);
  if (!type.signed || type.size === 8) return make.load(type.size, destination, base, offset);
  return make.loadSigned(type.size, destination, base, offset);
}

/** `[12]` or `[r1 + 12]`: the legacy loads. */
function parsePacketLoad(cursor: Cursor, size: 1 | 2 | 4): Instruction {
  cursor.expect('[');
  const register = isRegister(cursor.peek()) ? parseRegister(cursor).number : undefined;
  const immediate = register === undefined || cursor.peek() !== ']' ? parseImmediate(cursor, false) : 0;
  cursor.expect(']');
  return make.loadPacket(size, { immediate, ...(register !== undefined && { register }) });
}

/** `map[name]`, `map[name][0]+4`, `map[fd:5]`, `subprog[+5]`, `btf[7]`: what a 64-bit immediate stands for. */
function parseReference(cursor: Cursor, destination: number): ParsedInstruction | undefined {
  if (cursor.peek(1) !== '[') return undefined;
  const { column } = cursor;
  const kind = cursor.take('a reference');
  cursor.expect('[');
  if (kind === 'subprog') {
    const parsed = parseTarget(cursor, (distance) => make.loadFunction(destination, distance));
    cursor.expect(']');
    return parsed;
  }
  if (kind === 'btf') {
    const type = cursor.number('type', ...INT32);
    cursor.expect(']');
    const module = cursor.accept('[') ? cursor.number('module', ...INT32) : undefined;
    if (module !== undefined) cursor.expect(']');
    return { instruction: { ...make.loadImmediate64(destination, type, module ?? 0), source: PSEUDO.btfId } };
  }
  if (kind !== 'map')
    return cursor.refuse(`'${kind}[' is nothing: write map[name], subprog[label] or btf[id].`, column);
  return { instruction: parseMap(cursor, destination) };
}

function parseMap(cursor: Cursor, destination: number): Instruction {
  const name = cursor.take('a map');
  const handle = cursor.accept(':') ? cursor.number('handle', ...INT32) : undefined;
  cursor.expect(']');
  const value = cursor.accept('[');
  if (value) cursor.expect('0', ']');
  const least = handle === undefined ? 0 : INT32[0];
  const offset = value && !cursor.done ? cursor.number('offset', least, INT32[1]) : 0;
  if (handle === undefined) {
    return value ? make.loadMapValue(destination, name, offset) : make.loadMap(destination, name);
  }
  const sources = value ? [PSEUDO.mapValue, PSEUDO.mapIndexValue] : [PSEUDO.mapFd, PSEUDO.mapIndex];
  const source = sources[name === 'idx' ? 1 : 0] ?? PSEUDO.mapFd;
  return { ...make.loadImmediate64(destination, handle, offset), source };
}

/** `(s8)r1`, from the parenthesis on. */
function parseSignExtension(cursor: Cursor, destination: Register): Instruction {
  cursor.expect('(');
  const { column } = cursor;
  const from = EXTENSIONS.get(cursor.take('a type'));
  if (!from) return cursor.refuse('a move extends s8, s16 or s32.', column);
  cursor.expect(')');
  return make.movSigned(destination.width, from, destination.number, parseRegisterOf(cursor, destination.width));
}

function parseSame(cursor: Cursor, destination: Register): void {
  const { column } = cursor;
  if (parseRegisterOf(cursor, destination.width) !== destination.number) {
    cursor.refuse('the operation changes a register in place: name the same one on both sides.', column);
  }
}

function parseSwap(cursor: Cursor, destination: Register): Instruction | undefined {
  const word = /^(be|le|bswap)(16|32|64)$/.exec(cursor.peek() ?? '');
  if (!word) return undefined;
  cursor.take('a swap');
  parseSame(cursor, { ...destination, width: 64 });
  return make.swap(word[1] as make.Swap, Number(word[2]) as 16 | 32 | 64, destination.number);
}

/** A number after `=`: 32 bits, or 64 with `ll`. */
function parseConstant(cursor: Cursor, destination: Register, wide: boolean): Instruction {
  const { column } = cursor;
  const ahead = cursor.peek() === '-' || cursor.peek() === '+' ? 2 : 1;
  if (!wide && cursor.peek(ahead) !== 'll') {
    const build = destination.width === 64 ? make.mov : make.mov32;
    return build(destination.number, { immediate: parseImmediate(cursor, destination.width === 32) });
  }
  const value = cursor.integer('a number');
  cursor.accept('ll');
  if (value < -(1n << 63n) || value >= 1n << 64n) cursor.refuse(`${value} does not fit 64 bits.`, column);
  return make.loadImmediate64(
    destination.number,
    Number(BigInt.asIntN(32, value)),
    Number(BigInt.asIntN(32, value >> 32n)),
  );
}

/**
 * The right side of `r1 = ...`.
 *
 * @param wide whether a number is known to be a 64-bit immediate without its `ll`
 */
export function parseAssignment(cursor: Cursor, destination: Register, wide: boolean): ParsedInstruction {
  const token = cursor.peek();
  if (cursor.accept('*')) return { instruction: parseLoad(cursor, destination.number) };
  if (token === '(') return { instruction: parseSignExtension(cursor, destination) };
  if (token === '-' && isRegister(cursor.peek(1))) {
    cursor.expect('-');
    parseSame(cursor, destination);
    return { instruction: make.negate(destination.width, destination.number) };
  }
  if (isRegister(token)) {
    const build = destination.width === 64 ? make.mov : make.mov32;
    return { instruction: build(destination.number, { register: parseRegisterOf(cursor, destination.width) }) };
  }
  const instruction = parseSwap(cursor, destination) ?? parseAssignedCall(cursor, destination);
  if (instruction) return { instruction };
  return parseReference(cursor, destination.number) ?? { instruction: parseConstant(cursor, destination, wide) };
}
