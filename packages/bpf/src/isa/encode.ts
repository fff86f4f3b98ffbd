import { type Instruction, slotsOf } from './instruction.ts';
import { invalidInstruction, rangeProblem } from './validate.ts';

/** Bytes of a slot. */
export const SLOT_SIZE = 8;

/**
 * The instructions as memory holds them, RFC 9669 section 3: eight bytes a slot, little-endian; opcode, registers
 * (source in the upper half), offset, immediate.
 *
 * @throws BpfError INSTRUCTION_INVALID for a field that does not fit, and for a map that was not linked
 */
export function encode(instructions: readonly Instruction[]): Uint8Array {
  const slots = instructions.reduce((total, instruction) => total + slotsOf(instruction), 0);
  const bytes = new Uint8Array(slots * SLOT_SIZE);
  const view = new DataView(bytes.buffer);
  let slot = 0;
  for (const instruction of instructions) {
    const problem = instruction.reference
      ? `it refers to the map '${instruction.reference.name}': link the program first.`
      : rangeProblem(instruction);
    if (problem) throw invalidInstruction(problem, slot, instruction);
    const at = slot * SLOT_SIZE;
    view.setUint8(at, instruction.opcode);
    view.setUint8(at + 1, (instruction.source << 4) | instruction.destination);
    view.setInt16(at + 2, instruction.offset, true);
    view.setInt32(at + 4, instruction.immediate, true);
    if (instruction.immediateHigh !== undefined) view.setInt32(at + 12, instruction.immediateHigh, true);
    slot += slotsOf(instruction);
  }
  return bytes;
}
