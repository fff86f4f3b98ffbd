import { SLOT_SIZE } from './encode.ts';
import type { Instruction } from './instruction.ts';
import { OPCODE } from './opcodes.ts';
import { invalidInstruction, validate } from './validate.ts';

/**
 * The instructions that bytes hold, checked by `validate`.
 *
 * @param bytes eight a slot, little-endian
 * @throws BpfError INSTRUCTION_INVALID with the slot
 */
export function decode(bytes: Uint8Array): Instruction[] {
  const instructions = decodeUnchecked(bytes);
  validate(instructions);
  return instructions;
}

/** The same without `validate`: what an object file holds before its calls are relocated. */
export function decodeUnchecked(bytes: Uint8Array): Instruction[] {
  if (bytes.length % SLOT_SIZE !== 0) {
    const slot = Math.floor(bytes.length / SLOT_SIZE);
    throw invalidInstruction(`${bytes.length % SLOT_SIZE} bytes of 8: give whole instructions of 8 bytes.`, slot);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const instructions: Instruction[] = [];
  for (let at = 0; at < bytes.length; at += SLOT_SIZE) {
    const registers = view.getUint8(at + 1);
    const instruction = {
      opcode: view.getUint8(at),
      destination: registers & 0x0f,
      source: registers >> 4,
      offset: view.getInt16(at + 2, true),
      immediate: view.getInt32(at + 4, true),
    };
    if (instruction.opcode !== OPCODE.loadImmediate64) {
      instructions.push(instruction);
      continue;
    }
    const slot = at / SLOT_SIZE;
    at += SLOT_SIZE;
    if (at >= bytes.length) {
      throw invalidInstruction('a 64-bit immediate load without its second slot: give 16 bytes.', slot, instruction);
    }
    if (view.getUint32(at, true) !== 0) {
      const problem = 'the second slot of a 64-bit immediate load holds more than an immediate: make its rest 0.';
      throw invalidInstruction(problem, slot + 1, instruction);
    }
    instructions.push({ ...instruction, immediateHigh: view.getInt32(at + 4, true) });
  }
  return instructions;
}
