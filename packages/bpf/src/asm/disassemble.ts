import { type Instruction, slotsOf } from '../isa/instruction.ts';
import type { AluOperation, AtomicOperation, Condition } from '../isa/make.ts';
import {
  ALU,
  ATOMIC,
  accessSize,
  CALL,
  CLASS,
  CLASS_MASK,
  JMP,
  MODE,
  MODE_MASK,
  OPCODE,
  OPERAND,
  OPERAND_MASK,
  OPERATION_MASK,
  PSEUDO,
  SWAP,
} from '../isa/opcodes.ts';
import { invalidInstruction, validate } from '../isa/validate.ts';
import type { BpfObject } from '../object/bpf-object.ts';
import type { ProgramSpec } from '../object/program-spec.ts';
import { helperById } from '../tables/helpers.ts';
import { mapDirective } from './map-directive.ts';
import { ALU_SIGNS, byNumber, CONDITION_SIGNS, FETCH_NAMES, LOCK_SIGNS } from './notation.ts';

const ALU_NAMES = byNumber(ALU);
const JMP_NAMES = byNumber(JMP);
const ATOMIC_NAMES = byNumber(ATOMIC);
const SWAP_NAMES = byNumber(SWAP);

function signed(number: number): string {
  return number < 0 ? String(number) : `+${number}`;
}

function register(number: number, wide: boolean): string {
  return `${wide ? 'r' : 'w'}${number}`;
}

function access(opcode: number, base: number, offset: number, letter = 'u'): string {
  return `(${letter}${accessSize(opcode) * 8} *)(r${base} ${signed(offset)})`;
}

function operand({ opcode, source, immediate }: Instruction, wide: boolean): string {
  return (opcode & OPERAND_MASK) === OPERAND.register ? register(source, wide) : String(immediate);
}

function arithmetic(instruction: Instruction): string {
  const { opcode, destination, offset, immediate, source } = instruction;
  const swap = SWAP_NAMES.get(opcode);
  if (swap) return `r${destination} = ${swap}${immediate} r${destination}`;
  const wide = (opcode & CLASS_MASK) === CLASS.alu64;
  const name = ALU_NAMES.get(opcode & OPERATION_MASK) ?? '';
  const target = register(destination, wide);
  if (name === 'neg') return `${target} = -${target}`;
  if (name === 'mov' && offset !== 0) return `${target} = (s${offset})${register(source, wide)}`;
  const operation = `${offset === 0 ? '' : 's'}${name}` as AluOperation;
  return `${target} ${ALU_SIGNS[operation]} ${operand(instruction, wide)}`;
}

function call({ source, immediate, offset }: Instruction): string {
  if (source === CALL.local) return `call pc${signed(immediate)}`;
  if (source === CALL.kfunc) return `call kfunc#${immediate >>> 0}${offset === 0 ? '' : ` ${signed(offset)}`}`;
  const helper = helperById(immediate);
  return helper ? `call bpf_${helper.name}#${immediate}` : `call ${immediate >>> 0}`;
}

function jump(instruction: Instruction): string {
  const { opcode, destination, offset, immediate } = instruction;
  if (opcode === OPCODE.exit) return 'exit';
  if (opcode === OPCODE.call) return call(instruction);
  if (opcode === OPCODE.jump) return `goto ${signed(offset)}`;
  if (opcode === OPCODE.jumpLong) return `gotol ${signed(immediate)}`;
  const wide = (opcode & CLASS_MASK) === CLASS.jmp;
  const sign = CONDITION_SIGNS[JMP_NAMES.get(opcode & OPERATION_MASK) as Condition];
  return `if ${register(destination, wide)} ${sign} ${operand(instruction, wide)} goto ${signed(offset)}`;
}

function atomic({ opcode, destination, source, offset, immediate }: Instruction): string {
  const place = access(opcode, destination, offset);
  const name = ATOMIC_NAMES.get(immediate) as AtomicOperation;
  const width = accessSize(opcode) === 8 ? '64' : '';
  switch (name) {
    case 'add':
    case 'or':
    case 'and':
    case 'xor':
      return `lock *${place} ${LOCK_SIGNS[name]} r${source}`;
    case 'fetchAdd':
    case 'fetchOr':
    case 'fetchAnd':
    case 'fetchXor':
      return `r${source} = atomic${width}_${FETCH_NAMES[name]}(${place}, r${source})`;
    case 'exchange':
      return `r${source} = atomic${width}_xchg(${place}, r${source})`;
    case 'compareExchange':
      return `r0 = atomic${width}_cmpxchg(${place}, r0, r${source})`;
    case 'loadAcquire':
      return `r${destination} = load_acquire(${access(opcode, source, offset)})`;
    case 'storeRelease':
      return `store_release(${place}, r${source})`;
  }
}

/** What a 64-bit immediate load gives, after `r1 = `. */
function wideImmediate({ source, immediate, immediateHigh = 0, reference }: Instruction): string {
  if (reference) {
    return reference.kind === 'map' ? `map[${reference.name}]` : `map[${reference.name}][0]+${reference.offset}`;
  }
  const second = `[0]${signed(immediateHigh)}`;
  switch (source) {
    case PSEUDO.mapFd:
      return `map[fd:${immediate}]`;
    case PSEUDO.mapValue:
      return `map[fd:${immediate}]${second}`;
    case PSEUDO.mapIndex:
      return `map[idx:${immediate}]`;
    case PSEUDO.mapIndexValue:
      return `map[idx:${immediate}]${second}`;
    case PSEUDO.btfId:
      return `btf[${immediate}]${immediateHigh === 0 ? '' : `[${immediateHigh}]`}`;
    case PSEUDO.function:
      return `subprog[${signed(immediate)}]`;
    default: {
      const value = (BigInt(immediateHigh >>> 0) << 32n) | BigInt(immediate >>> 0);
      return `0x${value.toString(16)} ll`;
    }
  }
}

function packetLoad({ opcode, source, immediate }: Instruction): string {
  const index = (opcode & MODE_MASK) === MODE.ind ? `r${source} ${signed(immediate)}` : String(immediate);
  return `r0 = *(u${accessSize(opcode) * 8} *)skb[${index}]`;
}

function load(instruction: Instruction): string {
  const { opcode, destination, source, offset } = instruction;
  if (opcode === OPCODE.loadImmediate64) return `r${destination} = ${wideImmediate(instruction)}`;
  if ((opcode & CLASS_MASK) === CLASS.ld) return packetLoad(instruction);
  const letter = (opcode & MODE_MASK) === MODE.memsx ? 's' : 'u';
  return `r${destination} = *${access(opcode, source, offset, letter)}`;
}

function store(instruction: Instruction): string {
  const { opcode, destination, source, offset, immediate } = instruction;
  if ((opcode & MODE_MASK) === MODE.atomic) return atomic(instruction);
  const value = (opcode & CLASS_MASK) === CLASS.st ? String(immediate) : `r${source}`;
  return `*${access(opcode, destination, offset)} = ${value}`;
}

const PRINTERS: readonly ((instruction: Instruction) => string)[] = [
  load,
  load,
  store,
  store,
  arithmetic,
  jump,
  jump,
  arithmetic,
];

/** One valid instruction as a line without its end: `r0 = *(u32 *)(r1 +4)`. */
export function formatInstruction(instruction: Instruction): string {
  const printer = PRINTERS[instruction.opcode & CLASS_MASK];
  if (!printer) throw invalidInstruction(`opcode ${instruction.opcode} does not exist.`, 0, instruction);
  return printer(instruction);
}

function formatProgram(program: ProgramSpec): string {
  const { name, type, license, instructions, functions } = program;
  validate(instructions, { program: name });
  const starts = new Map(functions.map((own) => [own.slot, own]));
  const lines = [`.program ${name} ${type}`, `.license "${license}"`];
  let slot = 0;
  for (const instruction of instructions) {
    const start = starts.get(slot);
    if (start) lines.push(`.function ${start.name} ${start.parameters}`);
    lines.push(`  ${formatInstruction(instruction)}`);
    slot += slotsOf(instruction);
  }
  return `${lines.join('\n')}\n`;
}

function isInstructions(subject: BpfObject | ProgramSpec | readonly Instruction[]): subject is readonly Instruction[] {
  return Array.isArray(subject);
}

/**
 * A text that the assembler reads back to the same instructions: of instructions, of a program with its directives, or
 * of an object with its maps too.
 *
 * @throws BpfError INSTRUCTION_INVALID where `validate` does
 */
export function disassemble(subject: BpfObject | ProgramSpec | readonly Instruction[]): string {
  if (isInstructions(subject)) {
    validate(subject);
    return subject.map((instruction) => `${formatInstruction(instruction)}\n`).join('');
  }
  if (subject.kind === 'program') return formatProgram(subject);
  const maps = Object.values(subject.maps).map((spec) => `${mapDirective(spec)}\n`);
  return [...maps, ...Object.values(subject.programs).map(formatProgram)].join('');
}
