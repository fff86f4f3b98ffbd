import type { Instruction } from '@hookline/bpf';

/** An instruction in a few words. */
export function describeInstruction(instruction: Instruction): string {
  const { opcode, destination, source, offset, immediate } = instruction;
  return `opcode 0x${opcode.toString(16)} dst r${destination} src r${source} off ${offset} imm ${immediate}`;
}
