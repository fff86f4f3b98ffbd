import { BpfError, type BpfPlace } from '../bpf-error.ts';
import { FORMS, type Form } from './forms.ts';
import { type Instruction, slotsOf } from './instruction.ts';
import { ATOMIC, ATOMIC_FETCH, CALL, FRAME_POINTER, OPCODE, PSEUDO } from './opcodes.ts';

/** An error at one instruction. */
export function invalidInstruction(
  problem: string,
  slot: number,
  instruction?: Instruction,
  place: BpfPlace = {},
): BpfError {
  const position = instruction?.position;
  const where = position ? ` (${position.file}:${position.line}:${position.column})` : '';
  return new BpfError('INSTRUCTION_INVALID', `Instruction ${slot}${where}: ${problem}`, {
    ...place,
    instruction: slot,
    ...(position ? { position } : {}),
  });
}

/**
 * The index of the instruction that begins at each slot; -1 at the second half of a 64-bit immediate load. One entry
 * a slot: its length is the length of the program as jumps count it.
 */
export function indexBySlot(instructions: readonly Instruction[]): Int32Array {
  const slots = instructions.reduce((total, instruction) => total + slotsOf(instruction), 0);
  const index = new Int32Array(slots).fill(-1);
  let slot = 0;
  instructions.forEach((instruction, i) => {
    index[slot] = i;
    slot += slotsOf(instruction);
  });
  return index;
}

/** What is wrong with the size of a field, if anything: what does not fit cannot be encoded either. */
export function rangeProblem(instruction: Instruction): string | undefined {
  const { opcode, destination, source, offset, immediate, immediateHigh } = instruction;
  const outside = (value: number, low: number, high: number): boolean =>
    !Number.isInteger(value) || value < low || value > high;
  if (outside(opcode, 0, 0xff)) return `opcode ${opcode}: give 0 to 255.`;
  if (outside(destination, 0, 15)) return `destination ${destination}: give a register, 0 to 10.`;
  if (outside(source, 0, 15)) return `source ${source}: give 0 to 15.`;
  if (outside(offset, -0x8000, 0x7fff)) return `offset ${offset} does not fit 16 bits: give -32768 to 32767.`;
  for (const half of [immediate, immediateHigh ?? 0]) {
    if (outside(half, -0x8000_0000, 0x7fff_ffff)) {
      return `immediate ${half} does not fit 32 signed bits: load it with a 64-bit immediate load.`;
    }
  }
  if ((opcode === OPCODE.loadImmediate64) !== (immediateHigh !== undefined)) {
    return immediateHigh === undefined
      ? 'a 64-bit immediate load without its upper half: set immediateHigh.'
      : 'only a 64-bit immediate load has an upper half: leave immediateHigh out.';
  }
  return undefined;
}

function fieldProblem(name: string, value: number, rule: readonly number[] | 'zero'): string | undefined {
  if (rule === 'zero') return value === 0 ? undefined : `${name} is not used here: make it 0 instead of ${value}.`;
  return rule.includes(value) ? undefined : `${name} ${value} has no meaning here: give ${rule.join(', ')}.`;
}

function isNumeric(rule: Form['source'] | Form['offset']): rule is readonly number[] | 'zero' {
  return typeof rule !== 'string' || rule === 'zero';
}

function registerProblem(instruction: Instruction, form: Form): string | undefined {
  const { destination, source, immediate } = instruction;
  let written = form.destination === 'write' ? destination : -1;
  if (form.destination === 'atomic') {
    if (immediate === ATOMIC.loadAcquire) written = destination;
    else if (immediate & ATOMIC_FETCH && immediate !== ATOMIC.compareExchange) written = source;
  }
  if (form.destination === 'zero') {
    const problem = fieldProblem('destination', destination, 'zero');
    if (problem) return problem;
  } else if (destination > FRAME_POINTER) return `r${destination} does not exist: use r0 to r10.`;
  if (form.source === 'register' && source > FRAME_POINTER) return `r${source} does not exist: use r0 to r10.`;
  if (written === FRAME_POINTER) return 'r10, the frame pointer, is read-only: use r0 to r9.';
  return undefined;
}

/** Pseudo sources whose meaning is in the lower half alone. */
const LOWER_HALF_ONLY: readonly number[] = [PSEUDO.mapFd, PSEUDO.mapIndex, PSEUDO.function];

function upperHalfProblem({ opcode, source, immediateHigh }: Instruction): string | undefined {
  if (opcode !== OPCODE.loadImmediate64 || !LOWER_HALF_ONLY.includes(source)) return undefined;
  return fieldProblem('the upper half', immediateHigh ?? 0, 'zero');
}

function referenceProblem({ opcode, source, immediate, immediateHigh, reference }: Instruction): string | undefined {
  if (!reference) return undefined;
  const pseudo = reference.kind === 'map' ? PSEUDO.mapFd : PSEUDO.mapValue;
  if (opcode !== OPCODE.loadImmediate64) return 'only a 64-bit immediate load refers to a map: use loadMap.';
  if (source !== pseudo) return `source ${source} with a reference to a ${reference.kind}: make it ${pseudo}.`;
  if (immediate !== 0 || immediateHigh !== 0) return 'a reference to a map has no immediate yet: make both halves 0.';
  if (reference.kind === 'map' && reference.offset !== 0) return 'a map has no offset: refer to its value.';
  if (!Number.isInteger(reference.offset) || reference.offset < 0 || reference.offset > 0x7fff_ffff) {
    return `offset ${reference.offset} into a map value: give a byte offset inside it.`;
  }
  return undefined;
}

/** What is wrong with one instruction, apart from where it jumps. */
export function instructionProblem(instruction: Instruction): string | undefined {
  const range = rangeProblem(instruction);
  if (range) return range;
  const form = FORMS[instruction.opcode];
  if (!form) {
    return `opcode 0x${instruction.opcode.toString(16).padStart(2, '0')} does not exist: see RFC 9669, appendix A.`;
  }
  for (const name of ['source', 'offset', 'immediate'] as const) {
    const rule = form[name];
    // A kernel function's call keeps the index of its BTF in the offset.
    if (name === 'offset' && instruction.opcode === OPCODE.call && instruction.source === CALL.kfunc) continue;
    if (!isNumeric(rule)) continue;
    const problem = fieldProblem(name, instruction[name], rule);
    if (problem) return problem;
  }
  return registerProblem(instruction, form) ?? upperHalfProblem(instruction) ?? referenceProblem(instruction);
}

/** The distance that an instruction jumps, calls or refers to, in slots from the next slot, if it does. */
export function distanceOf(instruction: Instruction): number | undefined {
  const { opcode, source } = instruction;
  const form = FORMS[opcode];
  if (form?.offset === 'distance') return instruction.offset;
  if (form?.immediate === 'distance') return instruction.immediate;
  if (opcode === OPCODE.call && source === CALL.local) return instruction.immediate;
  if (opcode === OPCODE.loadImmediate64 && source === PSEUDO.function) return instruction.immediate;
  return undefined;
}

/** Whether an instruction begins another function there, rather than continuing in this one. */
export function refersToFunction({ opcode, source }: Instruction): boolean {
  return (
    (opcode === OPCODE.call && source === CALL.local) ||
    (opcode === OPCODE.loadImmediate64 && source === PSEUDO.function)
  );
}

/** Whether what follows is not reached from here. */
function endsPath({ opcode }: Instruction): boolean {
  return opcode === OPCODE.exit || opcode === OPCODE.jump || opcode === OPCODE.jumpLong;
}

/**
 * Checks a whole program as the kernel does before it follows any path (kernel/bpf/verifier.c, `check_subprogs` and
 * `resolve_pseudo_ldimm64`): every instruction exists and leaves unused fields 0, every jump and call ends at an
 * instruction of the program, jumps stay within their function, and no function runs past its end.
 *
 * @param place what is known of where the program is, for the error
 * @throws BpfError INSTRUCTION_INVALID with the slot
 */
export function validate(instructions: readonly Instruction[], place: BpfPlace = {}): void {
  if (instructions.length === 0)
    throw invalidInstruction('the program is empty: end it with exit.', 0, undefined, place);
  let slot = 0;
  for (const instruction of instructions) {
    const problem = instructionProblem(instruction);
    if (problem) throw invalidInstruction(problem, slot, instruction, place);
    slot += slotsOf(instruction);
  }
  checkTargets(instructions, place);
}

function checkTargets(instructions: readonly Instruction[], place: BpfPlace): void {
  const index = indexBySlot(instructions);
  const starts = new Set([0]);
  eachTarget(instructions, (instruction, slot, target) => {
    if (target < 0 || target >= index.length) {
      const range = `the program's slots are 0 to ${index.length - 1}`;
      throw invalidInstruction(
        `it goes to slot ${target}, but ${range}: correct the distance.`,
        slot,
        instruction,
        place,
      );
    }
    if (index[target] === -1) {
      const middle = 'the middle of a 64-bit immediate load';
      throw invalidInstruction(`it goes to slot ${target}, ${middle}: go to a whole one.`, slot, instruction, place);
    }
    if (refersToFunction(instruction)) starts.add(target);
  });
  const functionOf = checkEnds(instructions, starts, place);
  eachTarget(instructions, (instruction, slot, target) => {
    if (!refersToFunction(instruction) && functionOf[slot] !== functionOf[target]) {
      throw invalidInstruction(`it jumps to slot ${target} of another function: call that.`, slot, instruction, place);
    }
  });
}

/** Checks the last instruction of each function; gives the first slot of the function that each slot belongs to. */
function checkEnds(instructions: readonly Instruction[], starts: ReadonlySet<number>, place: BpfPlace): Int32Array {
  const functionOf: number[] = [];
  let slot = 0;
  let start = 0;
  instructions.forEach((instruction, i) => {
    if (starts.has(slot)) start = slot;
    const next = slot + slotsOf(instruction);
    functionOf.push(start);
    if (next - slot === 2) functionOf.push(start);
    const last = i === instructions.length - 1 || starts.has(next);
    if (last && !endsPath(instruction)) {
      throw invalidInstruction('the function runs past its end here: end it with exit.', slot, instruction, place);
    }
    slot = next;
  });
  return Int32Array.from(functionOf);
}

/** Visits every instruction that goes to, calls or names another one, with the slot of that. */
export function eachTarget(
  instructions: readonly Instruction[],
  visit: (instruction: Instruction, slot: number, target: number) => void,
): void {
  let slot = 0;
  for (const instruction of instructions) {
    const distance = distanceOf(instruction);
    if (distance !== undefined) visit(instruction, slot, slot + 1 + distance);
    slot += slotsOf(instruction);
  }
}
