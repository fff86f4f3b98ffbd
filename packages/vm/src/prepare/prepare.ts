import {
  ALU,
  ATOMIC,
  accessSize,
  BpfError,
  CALL,
  CLASS,
  CLASS_MASK,
  distanceOf,
  helperById,
  type Instruction,
  indexBySlot,
  isGplCompatible,
  linkProgram,
  MODE,
  MODE_MASK,
  OPCODE,
  OPERAND,
  PROGRAM_TYPES,
  type ProgramSpec,
  PSEUDO,
  SWAP,
  slotsOf,
} from '@hookline/bpf';
import { CALLBACK_TAG, type Engine } from '../engine/engine.ts';
import type { Helper } from '../helpers/helper.ts';
import { HELPER_FUNCTIONS } from '../helpers/registry.ts';
import type { MapTable } from '../maps/map-table.ts';
import { ProgramArrayMap } from '../maps/program-array-map.ts';
import { contextRules } from '../memory/context-rules.ts';
import { fuse } from './fuse.ts';
import { checkInitialization } from './initialization.ts';
import { OFFSET_BITS, OPERATION, REGISTER_WORDS, WORDS_PER_SLOT } from './operation.ts';
import type { PreparedProgram } from './prepared-program.ts';

/** r1. */
const CONTEXT_REGISTER = 2;
const RULES = { xdp: contextRules('xdp'), sched_cls: contextRules('sched_cls') };

/**
 * Brings a program into the form that the interpreter runs: fields in words, jumps as word indices, and every
 * immediate as a register of its own behind r10, so that one case serves both forms of an operation.
 *
 * @param byName addresses of the maps of its object, by name
 * @param given bits of the registers that hold something when it starts
 * @throws BpfError INSTRUCTION_INVALID for a malformed program, ENOENT for a map that is not there, EINVAL for a
 *   helper that this program may not call and a program array of another type
 */
export function prepare(
  engine: Engine,
  spec: ProgramSpec,
  byName: ReadonlyMap<string, number>,
  given: number = CONTEXT_REGISTER,
): PreparedProgram {
  const instructions = linkProgram(spec, (reference) => {
    const address = byName.get(reference.name);
    if (address === undefined) {
      throw new BpfError('ENOENT', `Program ${spec.name} uses map ${reference.name}: add it to the object.`, {
        program: spec.name,
        map: reference.name,
      });
    }
    const map = engine.maps.at(address);
    if (map instanceof ProgramArrayMap) map.admit(spec);
    const low = reference.kind === 'map' ? address : valueAddress(spec, engine.maps, address, reference.offset);
    return { low, high: 0, pseudoSource: PSEUDO.immediate };
  });
  checkInitialization(spec, given);
  const index = indexBySlot(instructions);
  const writer = new CodeWriter(engine, spec, index.length);
  let slot = 0;
  for (const instruction of instructions) {
    translate(writer, instruction, slot);
    slot += slotsOf(instruction);
  }
  writer.put(slot, OPERATION.past, 0, 0, 0);
  const { entry, base, registers } = writer.finish();
  return {
    spec,
    engine,
    entry,
    base,
    registers,
    contextSize: PROGRAM_TYPES[spec.type].contextSize,
    contextRules: RULES[spec.type],
    callbacks: writer.callbacks,
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
  readonly engine: Engine;
  readonly spec: ProgramSpec;
  /** Word index of the first slot, and of r0. */
  readonly entry: number;
  readonly base: number;
  readonly callbacks = new Set<number>();
  readonly #slots: number;
  readonly #indexOf = new Map<string, number>();
  #next: number;

  constructor(engine: Engine, spec: ProgramSpec, slots: number) {
    const { memory } = engine;
    const codeWords = (slots + 1) * WORDS_PER_SLOT;
    // An instruction has one constant at most, and one is 0.
    const words = codeWords + REGISTER_WORDS + (slots + 1) * 2;
    this.engine = engine;
    this.spec = spec;
    this.entry = memory.reserve(words * 4, `the code of program ${spec.name}`, 64) / 4;
    this.base = this.entry + codeWords;
    this.#slots = slots;
    this.#next = this.base + REGISTER_WORDS;
  }

  /** @param d word index of the destination @param s of the source */
  put(slot: number, operation: number, d: number, s: number, fourth: number): void {
    this.engine.memory.words.set([operation, d, s, fourth], this.target(slot));
  }

  /** Word index of a slot. */
  target(slot: number): number {
    return this.entry + slot * WORDS_PER_SLOT;
  }

  /** Word index of a register. */
  register(number: number): number {
    return this.base + number * 2;
  }

  /** Word index of a 64-bit constant. */
  constant(low: number, high: number): number {
    const name = `${low}:${high}`;
    let index = this.#indexOf.get(name);
    if (index === undefined) {
      index = this.#next;
      this.#next += 2;
      this.engine.memory.words.set([low, high], index);
      this.#indexOf.set(name, index);
    }
    return index;
  }

  helper(helper: Helper): number {
    const { helpers } = this.engine;
    const known = helpers.indexOf(helper);
    return known >= 0 ? known : helpers.push(helper) - 1;
  }

  finish(): Pick<PreparedProgram, 'entry' | 'base' | 'registers'> {
    const { entry, base } = this;
    fuse(this.engine.memory.words, entry, this.#slots);
    return { entry, base, registers: this.engine.memory.words.subarray(base, base + REGISTER_WORDS) };
  }
}

function translate(writer: CodeWriter, instruction: Instruction, slot: number): void {
  const { opcode, source, offset, immediate } = instruction;
  const d = writer.register(instruction.destination);
  const distance = distanceOf(instruction);
  const target = distance === undefined ? 0 : writer.target(slot + 1 + distance);
  if (opcode === OPCODE.loadImmediate64) {
    const isFunction = source === PSEUDO.function;
    const high = isFunction ? CALLBACK_TAG : (instruction.immediateHigh ?? 0);
    const low = isFunction ? slot + 1 + immediate : immediate;
    if (isFunction) writer.callbacks.add(low);
    writer.put(slot, opcode, d, writer.constant(low, high), 0);
    return;
  }
  if (opcode === OPCODE.call) {
    translateCall(writer, instruction, slot, target);
    return;
  }
  const s = writer.register(source);
  switch (opcode & CLASS_MASK) {
    case CLASS.alu32:
    case CLASS.alu64:
      translateAlu(writer, instruction, slot);
      return;
    case CLASS.jmp:
    case CLASS.jmp32: {
      if (opcode === OPCODE.exit || opcode === OPCODE.jump || opcode === OPCODE.jumpLong) {
        writer.put(slot, opcode === OPCODE.exit ? opcode : OPCODE.jump, 0, 0, target);
        return;
      }
      const operand = (opcode & OPERAND.register) !== 0 ? s : writer.constant(immediate, immediate >> 31);
      writer.put(slot, opcode | OPERAND.register, d, operand, target);
      return;
    }
    case CLASS.ldx:
      writer.put(slot, opcode, d, s, offset);
      return;
    case CLASS.st:
      writer.put(slot, opcode - CLASS.st + CLASS.stx, d, writer.constant(immediate, immediate >> 31), offset);
      return;
    case CLASS.stx:
      if ((opcode & MODE_MASK) === MODE.atomic) translateAtomic(writer, instruction, slot);
      else writer.put(slot, opcode, d, s, offset);
      return;
    default: {
      const indexed = (opcode & MODE_MASK) === MODE.ind ? s : writer.constant(0, 0);
      writer.put(slot, OPERATION.loadPacket, accessSize(opcode), indexed, immediate);
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
  [CLASS.alu64 | ALU.div | OPERAND.register]: { 1: OPERATION.sdiv64 },
  [CLASS.alu64 | ALU.mod | OPERAND.register]: { 1: OPERATION.smod64 },
  [CLASS.alu32 | ALU.div | OPERAND.register]: { 1: OPERATION.sdiv32 },
  [CLASS.alu32 | ALU.mod | OPERAND.register]: { 1: OPERATION.smod32 },
  [CLASS.alu64 | ALU.mov | OPERAND.register]: {
    8: OPERATION.movsx8To64,
    16: OPERATION.movsx16To64,
    32: OPERATION.movsx32To64,
  },
  [CLASS.alu32 | ALU.mov | OPERAND.register]: { 8: OPERATION.movsx8To32, 16: OPERATION.movsx16To32 },
};

const NEGATIONS: readonly number[] = [CLASS.alu32 | ALU.neg, CLASS.alu64 | ALU.neg];

function translateAlu(writer: CodeWriter, instruction: Instruction, slot: number): void {
  const { opcode, offset, immediate } = instruction;
  const d = writer.register(instruction.destination);
  const swap = SWAPS[opcode]?.[immediate];
  if (swap !== undefined) {
    writer.put(slot, swap, d, 0, 0);
    return;
  }
  if (NEGATIONS.includes(opcode)) {
    writer.put(slot, opcode, d, 0, 0);
    return;
  }
  const isRegister = (opcode & OPERAND.register) !== 0;
  const operand = isRegister ? writer.register(instruction.source) : writer.constant(immediate, immediate >> 31);
  const registerForm = opcode | OPERAND.register;
  writer.put(slot, BY_OFFSET[registerForm]?.[offset] ?? registerForm, d, operand, 0);
}

function translateAtomic(writer: CodeWriter, instruction: Instruction, slot: number): void {
  const { opcode, destination, source, offset, immediate } = instruction;
  const size = accessSize(opcode);
  const put = (operation: number, upper: number): void => {
    const fourth = (upper << OFFSET_BITS) | (offset & 0xffff);
    writer.put(slot, operation, writer.register(destination), writer.register(source), fourth);
  };
  if (immediate === ATOMIC.loadAcquire) put(OPERATION.loadAcquire, size);
  else if (immediate === ATOMIC.storeRelease) put(OPERATION.storeRelease, size);
  else if (immediate === ATOMIC.add) put(size === 8 ? OPERATION.atomicAdd64 : OPERATION.atomicAdd32, 0);
  else put(size === 8 ? OPERATION.atomic64 : OPERATION.atomic32, immediate);
}

function translateCall(writer: CodeWriter, instruction: Instruction, slot: number, target: number): void {
  if (instruction.source === CALL.local) {
    writer.put(slot, OPERATION.callLocal, 0, 0, target);
    return;
  }
  const helper = findHelper(writer.spec, instruction, slot);
  if (helper === 'tailCall') writer.put(slot, OPERATION.tailCall, 0, 0, 0);
  else writer.put(slot, OPCODE.call | OPERAND.register, 0, 0, writer.helper(helper));
}

function findHelper(
  spec: ProgramSpec,
  { source, immediate, position }: Instruction,
  slot: number,
): Helper | 'tailCall' {
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
  if (helper.name === 'tail_call') return 'tailCall';
  const implementation = HELPER_FUNCTIONS[helper.name];
  if (implementation === undefined) throw refuse(`${helper.name} is not simulated: leave it out.`);
  return implementation;
}
