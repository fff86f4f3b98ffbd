import type { Instruction } from '../isa/instruction.ts';
import * as make from '../isa/make.ts';
import { CALL, OPCODE } from '../isa/opcodes.ts';
import { HELPERS, type HelperName } from '../tables/helpers.ts';
import type { Cursor } from './cursor.ts';
import { ALU_SIGNS, CONDITION_SIGNS, invert, LOCK_SIGNS } from './notation.ts';
import {
  isRegister,
  type ParsedInstruction,
  parseAccess,
  parseImmediate,
  parseOffset,
  parseOperand,
  parseRegister,
  parseTarget,
} from './operands.ts';
import { parseAssignment } from './parse-assignment.ts';

const ALU_BY_SIGN = invert(ALU_SIGNS);
const CONDITION_BY_SIGN = invert(CONDITION_SIGNS);
const UINT32 = 0xffff_ffff;
const LOCK_BY_SIGN = invert(LOCK_SIGNS);

function parseConditional(cursor: Cursor): ParsedInstruction {
  const left = parseRegister(cursor);
  const { column } = cursor;
  const condition = CONDITION_BY_SIGN.get(cursor.take('a comparison'));
  if (!condition) return cursor.refuse(`no comparison: use ${[...CONDITION_BY_SIGN.keys()].join(' ')}.`, column);
  const operand = parseOperand(cursor, left.width, true);
  cursor.expect('goto');
  const build = left.width === 64 ? make.jumpIf : make.jumpIf32;
  return parseTarget(cursor, (distance) => build(condition, left.number, operand, distance));
}

function parseCall(cursor: Cursor): ParsedInstruction {
  const { column } = cursor;
  const token = cursor.peek() ?? '';
  if (/^\d+$/.test(token)) return { instruction: make.call(cursor.number('helper', 0, UINT32) | 0) };
  const numbered = /^(\w+)#(\d+)$/.exec(token);
  if (numbered) {
    cursor.take('a helper');
    const number = Number(numbered[2]);
    if (number > UINT32) cursor.refuse(`${number} does not fit 32 bits.`, column);
    if (numbered[1] !== 'kfunc') return { instruction: make.call(number | 0) };
    const offset = cursor.done ? 0 : parseOffset(cursor);
    return { instruction: { ...make.call(number | 0), source: CALL.kfunc, offset } };
  }
  const name = token.replace(/^bpf_/, '') as HelperName;
  const parsed = parseTarget(cursor, make.callLocal);
  if (!parsed.label || !Object.hasOwn(HELPERS, name)) return parsed;
  return { ...parsed, label: { name: token, column, otherwise: make.call(HELPERS[name].id) } };
}

function parseLocked(cursor: Cursor): Instruction {
  cursor.expect('*');
  const { size, base, offset } = parseAccess(cursor);
  const { column } = cursor;
  const operation = LOCK_BY_SIGN.get(cursor.take('an operation'));
  if (!operation) return cursor.refuse(`no locked operation: use ${[...LOCK_BY_SIGN.keys()].join(' ')}.`, column);
  return make.atomic(operation, size, base, offset, parseRegister(cursor).number);
}

function parseStore(cursor: Cursor): Instruction {
  const { size, base, offset } = parseAccess(cursor);
  cursor.expect('=');
  if (!isRegister(cursor.peek())) {
    return make.storeImmediate(size, base, offset, parseImmediate(cursor, size < 8));
  }
  return make.store(size, base, offset, parseRegister(cursor).number);
}

function parseStoreRelease(cursor: Cursor): Instruction {
  cursor.expect('(');
  const { size, base, offset } = parseAccess(cursor);
  cursor.expect(',');
  const source = parseRegister(cursor).number;
  cursor.expect(')');
  return make.atomic('storeRelease', size, base, offset, source);
}

function parseRegisterLine(cursor: Cursor, wide: boolean): ParsedInstruction {
  const destination = parseRegister(cursor);
  const { column } = cursor;
  const operation = ALU_BY_SIGN.get(cursor.take('an operation'));
  if (!operation) return cursor.refuse(`no operation: use ${[...ALU_BY_SIGN.keys()].join(' ')}.`, column);
  if (operation === 'mov') return parseAssignment(cursor, destination, wide);
  const build = destination.width === 64 ? make.alu64 : make.alu32;
  return { instruction: build(operation, destination.number, parseOperand(cursor, destination.width)) };
}

const STATEMENTS: ReadonlyMap<string, (cursor: Cursor) => ParsedInstruction> = new Map([
  ['exit', () => ({ instruction: make.exit() })],
  ['goto', (cursor: Cursor) => parseTarget(cursor, make.jump)],
  ['gotol', (cursor: Cursor) => parseTarget(cursor, make.jumpLong)],
  ['if', parseConditional],
  ['call', parseCall],
  ['lock', (cursor: Cursor) => ({ instruction: parseLocked(cursor) })],
  ['*', (cursor: Cursor) => ({ instruction: parseStore(cursor) })],
  ['store_release', (cursor: Cursor) => ({ instruction: parseStoreRelease(cursor) })],
]);

/**
 * One instruction, to the end of the line. `12: (b7)` before it, as the verifier's log has it, is skipped.
 *
 * @throws BpfError ASSEMBLY_INVALID
 */
export function parseInstruction(cursor: Cursor): ParsedInstruction {
  const opcode = skipLogPrefix(cursor);
  const position = cursor.position();
  const statement = STATEMENTS.get(cursor.peek() ?? '');
  if (statement) cursor.take('an instruction');
  else if (!isRegister(cursor.peek())) {
    cursor.refuse(`'${cursor.peek() ?? ''}' begins no instruction: write one like 'r0 = 1', 'exit' or 'goto +3'.`);
  }
  const parsed = statement ? statement(cursor) : parseRegisterLine(cursor, opcode === OPCODE.loadImmediate64);
  cursor.end();
  return { ...parsed, instruction: { ...parsed.instruction, position } };
}

function skipLogPrefix(cursor: Cursor): number | undefined {
  if (/^\d+$/.test(cursor.peek() ?? '') && cursor.peek(1) === ':') {
    cursor.take('a slot');
    cursor.expect(':');
  }
  if (cursor.peek() !== '(' || cursor.peek(2) !== ')') return undefined;
  cursor.expect('(');
  const opcode = Number.parseInt(cursor.take('an opcode'), 16);
  cursor.expect(')');
  return opcode;
}
