import { ALU, CLASS, JMP, MODE, OPERAND, SIZE } from '@hookline/bpf';
import { OPERATION, WORDS_PER_SLOT } from './operation.ts';

const MOVE = CLASS.alu64 | ALU.mov | OPERAND.register;
const ADD = CLASS.alu64 | ALU.add | OPERAND.register;
const JUMP_GREATER = CLASS.jmp | JMP.gt | OPERAND.register;
const JUMP_EQUAL = CLASS.jmp | JMP.eq | OPERAND.register;
const JUMP_UNEQUAL = CLASS.jmp | JMP.ne | OPERAND.register;
const LOAD_8 = CLASS.ldx | MODE.mem | SIZE.b;
const LOAD_16 = CLASS.ldx | MODE.mem | SIZE.h;

/** By the first operation and the second: what does both where the second uses the register that the first writes. */
const PAIRS: ReadonlyMap<number, ReadonlyMap<number, number>> = new Map([
  [MOVE, new Map<number, number>([[ADD, OPERATION.moveAdd64]])],
  [
    LOAD_8,
    new Map<number, number>([
      [JUMP_UNEQUAL, OPERATION.load8Jne64],
      [JUMP_EQUAL, OPERATION.load8Jeq64],
    ]),
  ],
  [
    LOAD_16,
    new Map<number, number>([
      [JUMP_UNEQUAL, OPERATION.load16Jne64],
      [JUMP_EQUAL, OPERATION.load16Jeq64],
    ]),
  ],
]);

/**
 * Lets one operation do the work of two or three that stand in a row in nearly every packet program: the bounds check
 * (`r4 = r2; r4 += 14; if r4 > r3 goto miss`) and the test of a field. Dispatching costs more than most operations do.
 *
 * Only the number of the first operation changes. The slots behind it stay as they are: the fused operation takes its
 * operands from them, jumps may go to them, and faults name them.
 *
 * @param entry word index of the first slot
 */
export function fuse(words: Int32Array, entry: number, slots: number): void {
  const at = (slot: number, field: number): number => words[entry + slot * WORDS_PER_SLOT + field] as number;
  for (let slot = 0; slot + 1 < slots; slot++) {
    const pair = PAIRS.get(at(slot, 0))?.get(at(slot + 1, 0));
    const written = at(slot, 1);
    // The source of the second must not be what the first has just written.
    if (pair === undefined || at(slot + 1, 1) !== written || at(slot + 1, 2) === written) continue;
    const isBoundsCheck = pair === OPERATION.moveAdd64 && slot + 2 < slots && at(slot + 2, 0) === JUMP_GREATER;
    const isOfThis = isBoundsCheck && at(slot + 2, 1) === written && at(slot + 2, 2) !== written;
    words[entry + slot * WORDS_PER_SLOT] = isOfThis ? OPERATION.moveAddJgt64 : pair;
  }
}
