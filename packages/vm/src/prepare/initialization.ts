import {
  ALU,
  ATOMIC,
  BpfError,
  CALL,
  CLASS,
  CLASS_MASK,
  distanceOf,
  FRAME_POINTER,
  helperById,
  type Instruction,
  indexBySlot,
  JMP,
  MODE,
  MODE_MASK,
  OPCODE,
  OPERAND,
  OPERATION_MASK,
  type ProgramSpec,
  refersToFunction,
  slotsOf,
} from '@hookline/bpf';

const r = (register: number): number => 1 << register;
const ARGUMENTS = r(1) | r(2) | r(3) | r(4) | r(5);
const CONTEXT_OF_LOADS = 6;

/** The registers that an instruction reads and writes, as bits. */
interface Use {
  readonly reads: number;
  readonly writes: number;
}

function useOf(instruction: Instruction): Use {
  const { opcode, destination, source, immediate } = instruction;
  const d = r(destination);
  const s = r(source);
  const operand = (opcode & OPERAND.register) !== 0 ? s : 0;
  const operation = opcode & OPERATION_MASK;
  const mode = opcode & MODE_MASK;
  switch (opcode & CLASS_MASK) {
    case CLASS.alu32:
    case CLASS.alu64:
      if (operation === ALU.mov) return { reads: operand, writes: d };
      return { reads: operation === ALU.end || operation === ALU.neg ? d : d | operand, writes: d };
    case CLASS.jmp:
    case CLASS.jmp32:
      if (opcode === OPCODE.exit) return { reads: r(0), writes: 0 };
      if (opcode === OPCODE.call) return { reads: argumentsOf(instruction), writes: r(0) };
      return { reads: operation === JMP.ja ? 0 : d | operand, writes: 0 };
    case CLASS.ldx:
      return { reads: s, writes: d };
    case CLASS.st:
      return { reads: d, writes: 0 };
    case CLASS.stx:
      if (mode !== MODE.atomic) return { reads: d | s, writes: 0 };
      if (immediate === ATOMIC.loadAcquire) return { reads: s, writes: d };
      return { reads: d | s | (immediate === ATOMIC.compareExchange ? r(0) : 0), writes: 0 };
    default:
      if (mode === MODE.imm) return { reads: 0, writes: d };
      return { reads: r(CONTEXT_OF_LOADS) | (mode === MODE.ind ? s : 0), writes: r(0) };
  }
}

function argumentsOf({ source, immediate }: Instruction): number {
  const helper = source === CALL.helper ? helperById(immediate) : undefined;
  // A format is not known here: what it asks for may be missing or not.
  const count = helper?.arguments.length ?? 0;
  return ((1 << count) - 1) << 1;
}

/**
 * Refuses a program that reads a register which nothing can have set, r0 at exit above all: an instruction that is
 * reached only by ways on which the register was never written. (The kernel's verifier is stricter: it refuses where one
 * feasible way is like that.)
 *
 * @param entry bits of the registers that hold something when the program starts
 * @throws BpfError INSTRUCTION_INVALID
 */
export function checkInitialization(spec: ProgramSpec, entry: number): void {
  const { instructions } = spec;
  const index = indexBySlot(instructions);
  /** By slot, what some way to it has written; 0 where none is known yet: r10 is always there. */
  const written = new Int32Array(index.length);
  const pending: number[] = [];
  const reach = (slot: number, registers: number): void => {
    const merged = (written[slot] as number) | registers;
    if (slot >= written.length || merged === written[slot]) return;
    written[slot] = merged;
    pending.push(slot);
  };
  reach(0, entry | r(FRAME_POINTER));
  for (let slot = pending.pop(); slot !== undefined; slot = pending.pop()) {
    const instruction = instructions[index[slot] as number] as Instruction;
    const { writes } = useOf(instruction);
    const distance = distanceOf(instruction);
    const after = (written[slot] as number) | writes;
    if (distance !== undefined) {
      const start = refersToFunction(instruction) ? ARGUMENTS | r(FRAME_POINTER) : after;
      reach(slot + 1 + distance, start);
    }
    if (!endsPath(instruction)) reach(slot + slotsOf(instruction), after);
  }
  written.forEach((registers, slot) => {
    const instruction = instructions[index[slot] as number];
    if (registers === 0 || instruction === undefined) return;
    const missing = useOf(instruction).reads & ~registers;
    if (missing !== 0) throw neverSet(spec, slot, instruction, 31 - Math.clz32(missing & -missing));
  });
}

function endsPath({ opcode }: Instruction): boolean {
  return opcode === OPCODE.exit || opcode === OPCODE.jump || opcode === OPCODE.jumpLong;
}

function neverSet(spec: ProgramSpec, slot: number, { position }: Instruction, register: number): BpfError {
  const where = position ? ` (${position.file}:${position.line}:${position.column})` : '';
  return new BpfError(
    'INSTRUCTION_INVALID',
    `Program ${spec.name}, instruction ${slot}${where}: it reads r${register}, which nothing has set: set it before.`,
    { program: spec.name, instruction: slot, ...(position && { position }) },
  );
}
