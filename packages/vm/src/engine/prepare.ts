import {
  ATOMIC,
  accessSize,
  BpfError,
  CALL,
  CLASS,
  CLASS_MASK,
  distanceOf,
  HELPERS,
  helperById,
  type Instruction,
  indexBySlot,
  isGplCompatible,
  linkProgram,
  MODE,
  MODE_MASK,
  OPCODE,
  OPERAND,
  type ProgramSpec,
  PSEUDO,
  SWAP,
  slotsOf,
} from '@hookline/bpf';
import type { Helper } from '../helpers/helper.ts';
import { HELPER_FUNCTIONS } from '../helpers/registry.ts';
import type { MapTable } from '../maps/map-table.ts';
import { CALLBACK_TAG } from './engine.ts';
import { DESTINATION_SHIFT, FIRST_CONSTANT, OPERATION, WORDS_PER_SLOT } from './operation.ts';
import type { PreparedProgram } from './prepared-program.ts';

/**
 * Brings a program into the form that the interpreter runs: fields in words, jumps as word indices, and every
 * immediate as a register of its own behind r10, so that one case serves both forms of an operation.
 *
 * @param maps the maps of its object, by name
 * @throws BpfError INSTRUCTION_INVALID for a malformed program, ENOENT for a map that is not there, EINVAL for a
 *   helper that this program may not call
 */
export function prepare(spec: ProgramSpec, maps: MapTable, byName: ReadonlyMap<string, number>): PreparedProgram {
  const instructions = linkProgram(spec, (reference) => {
    const address = byName.get(reference.name);
    if (address === undefined) {
      throw new BpfError('ENOENT', `Program ${spec.name} uses map ${reference.name}: add it to the object.`, {
        program: spec.name,
        map: reference.name,
      });
    }
    const low = reference.kind === 'map' ? address : valueAddress(spec, maps, address, reference.offset);
    return { low, high: 0, pseudoSource: PSEUDO.immediate };
  });
  const index = indexBySlot(instructions);
  const writer = new CodeWriter(index.length);
  let slot = 0;
  for (const instruction of instructions) {
    translate(writer, spec, instruction, slot);
    slot += slotsOf(instruction);
  }
  writer.put(slot, OPERATION.past, 0, 0, 0, 0);
  return {
    spec,
    code: writer.code,
    registers: writer.registers(),
    helpers: writer.helpers,
    instructionAt: (at) => spec.instructions[index[at] ?? -1],
  };
}

function valueAddress(spec: ProgramSpec, maps: MapTable, descriptor: number, offset: number): number {
  const map = maps.at(descriptor);
  const address = map?.directValue();
  if (map === undefined || address === undefined || offset >= map.spec.value.size) {
    const name = map?.spec.name ?? '';
    throw new BpfError(
      'EINVAL',
      `Program ${spec.name} wants byte ${offset} of the value of map ${name}: only an array of one entry can be ` +
        'addressed like this, within its value.',
      { program: spec.name, map: name },
    );
  }
  return address + offset;
}

class CodeWriter {
  readonly code: Int32Array<ArrayBuffer>;
  readonly helpers: Helper[] = [];
  readonly #constants: number[] = [];
  readonly #indexOf = new Map<string, number>();

  constructor(slots: number) {
    this.code = new Int32Array((slots + 1) * WORDS_PER_SLOT);
  }

  put(slot: number, operation: number, destination: number, source: number, third: number, fourth: number): void {
    this.code.set([operation | (destination << DESTINATION_SHIFT), source, third, fourth], slot * WORDS_PER_SLOT);
  }

  /** The register that holds a 64-bit constant. */
  constant(low: number, high: number): number {
    const name = `${low}:${high}`;
    let index = this.#indexOf.get(name);
    if (index === undefined) {
      index = FIRST_CONSTANT + this.#constants.length;
      this.#constants.push(low, high);
      this.#indexOf.set(name, index);
    }
    return index;
  }

  helper(helper: Helper): number {
    return this.helpers.push(helper) - 1;
  }

  registers(): Int32Array<ArrayBuffer> {
    const registers = new Int32Array(FIRST_CONSTANT + this.#constants.length);
    registers.set(this.#constants, FIRST_CONSTANT);
    return registers;
  }
}

function translate(writer: CodeWriter, spec: ProgramSpec, instruction: Instruction, slot: number): void {
  const { opcode, destination, source, offset, immediate } = instruction;
  const d = destination * 2;
  const s = source * 2;
  const distance = distanceOf(instruction);
  const target = distance === undefined ? 0 : (slot + 1 + distance) * WORDS_PER_SLOT;
  if (opcode === OPCODE.loadImmediate64) {
    const high = source === PSEUDO.function ? CALLBACK_TAG : (instruction.immediateHigh ?? 0);
    const low = source === PSEUDO.function ? target / WORDS_PER_SLOT : immediate;
    writer.put(slot, opcode, d, writer.constant(low, high), 0, 0);
    return;
  }
  if (opcode === OPCODE.call) {
    translateCall(writer, spec, instruction, slot, target);
    return;
  }
  switch (opcode & CLASS_MASK) {
    case CLASS.alu32:
    case CLASS.alu64:
      translateAlu(writer, instruction, slot);
      return;
    case CLASS.jmp:
    case CLASS.jmp32: {
      if (opcode === OPCODE.exit || opcode === OPCODE.jump || opcode === OPCODE.jumpLong) {
        writer.put(slot, opcode === OPCODE.exit ? opcode : OPCODE.jump, 0, 0, target, 0);
        return;
      }
      const operand = (opcode & OPERAND.register) !== 0 ? s : writer.constant(immediate, immediate >> 31);
      writer.put(slot, opcode | OPERAND.register, d, operand, target, 0);
      return;
    }
    case CLASS.ldx:
      writer.put(slot, opcode, d, s, offset, 0);
      return;
    case CLASS.st:
      writer.put(slot, opcode - CLASS.st + CLASS.stx, d, writer.constant(immediate, immediate >> 31), offset, 0);
      return;
    case CLASS.stx:
      if ((opcode & MODE_MASK) === MODE.atomic) translateAtomic(writer, instruction, slot);
      else writer.put(slot, opcode, d, s, offset, 0);
      return;
    default: {
      const indexed = (opcode & MODE_MASK) === MODE.ind ? s : writer.constant(0, 0);
      writer.put(slot, OPERATION.loadPacket, 0, indexed, accessSize(opcode), immediate);
    }
  }
}

const SWAPS: Readonly<Record<number, Readonly<Record<number, number>>>> = {
  [SWAP.le]: { 16: OPERATION.truncate16, 32: OPERATION.truncate32, 64: OPERATION.nothing },
  [SWAP.be]: { 16: OPERATION.swap16, 32: OPERATION.swap32, 64: OPERATION.swap64 },
  [SWAP.bswap]: { 16: OPERATION.swap16, 32: OPERATION.swap32, 64: OPERATION.swap64 },
};

/** By the opcode's register form, what a non-zero offset makes of it. */
const BY_OFFSET: Readonly<Record<number, Readonly<Record<number, number>>>> = {
  63: { 1: OPERATION.sdiv64 },
  159: { 1: OPERATION.smod64 },
  60: { 1: OPERATION.sdiv32 },
  156: { 1: OPERATION.smod32 },
  191: { 8: OPERATION.movsx8To64, 16: OPERATION.movsx16To64, 32: OPERATION.movsx32To64 },
  188: { 8: OPERATION.movsx8To32, 16: OPERATION.movsx16To32 },
};

const NEGATIONS: readonly number[] = [0x84, 0x87];

function translateAlu(writer: CodeWriter, instruction: Instruction, slot: number): void {
  const { opcode, destination, source, offset, immediate } = instruction;
  const swap = SWAPS[opcode]?.[immediate];
  if (swap !== undefined) {
    writer.put(slot, swap, destination * 2, 0, 0, 0);
    return;
  }
  if (NEGATIONS.includes(opcode)) {
    writer.put(slot, opcode, destination * 2, 0, 0, 0);
    return;
  }
  const operand = (opcode & OPERAND.register) !== 0 ? source * 2 : writer.constant(immediate, immediate >> 31);
  const registerForm = opcode | OPERAND.register;
  writer.put(slot, BY_OFFSET[registerForm]?.[offset] ?? registerForm, destination * 2, operand, 0, 0);
}

function translateAtomic(writer: CodeWriter, instruction: Instruction, slot: number): void {
  const { opcode, destination, source, offset, immediate } = instruction;
  const size = accessSize(opcode);
  const put = (operation: number, fourth: number): void =>
    writer.put(slot, operation, destination * 2, source * 2, offset, fourth);
  if (immediate === ATOMIC.loadAcquire) put(OPERATION.loadAcquire, size);
  else if (immediate === ATOMIC.storeRelease) put(OPERATION.storeRelease, size);
  else if (immediate === ATOMIC.add) put(size === 8 ? OPERATION.atomicAdd64 : OPERATION.atomicAdd32, 0);
  else put(size === 8 ? OPERATION.atomic64 : OPERATION.atomic32, immediate);
}

function translateCall(
  writer: CodeWriter,
  spec: ProgramSpec,
  instruction: Instruction,
  slot: number,
  target: number,
): void {
  if (instruction.source === CALL.local) {
    writer.put(slot, OPERATION.callLocal, 0, 0, target, 0);
    return;
  }
  if (instruction.source === CALL.helper && instruction.immediate === HELPERS.tail_call.id) {
    writer.put(slot, OPERATION.tailCall, 0, 0, 0, 0);
    return;
  }
  const helper = findHelper(spec, instruction, slot);
  writer.put(slot, OPCODE.call | OPERAND.register, 0, 0, 0, writer.helper(helper));
}

function findHelper(spec: ProgramSpec, { source, immediate, position }: Instruction, slot: number): Helper {
  const refuse = (problem: string): BpfError =>
    new BpfError('EINVAL', `Program ${spec.name}, instruction ${slot}: ${problem}`, {
      program: spec.name,
      instruction: slot,
      ...(position && { position }),
    });
  if (source === CALL.kfunc) throw refuse('kernel functions are not simulated: call a helper instead.');
  const helper = helperById(immediate);
  if (helper === undefined) throw refuse(`there is no helper ${immediate} for packet programs: correct its number.`);
  if (!helper.programTypes.includes(spec.type)) {
    throw refuse(
      `${helper.name} is for ${helper.programTypes.join(' and ')} programs, not ${spec.type}: leave it out.`,
    );
  }
  if (helper.gplOnly && !isGplCompatible(spec.license)) {
    throw refuse(`${helper.name} is for programs under a GPL-compatible licence: change the licence or leave it out.`);
  }
  const implementation = HELPER_FUNCTIONS[helper.name];
  if (implementation === undefined) throw refuse(`${helper.name} is not simulated: leave it out.`);
  return implementation;
}
