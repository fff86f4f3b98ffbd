import { asm, CLASS, CLASS_MASK, type Instruction, OPCODE, slotsOf } from '@hookline/bpf';
import type { IrFunction } from '../ir/operation.ts';
import type { LoweredFunction } from './lower.ts';

interface Laid {
  readonly instruction: Instruction;
  /** The slot in this function's items that a jump goes to. */
  readonly target?: number;
  readonly callee?: IrFunction;
}

const FARTHEST = 0x7fff;

function isConditional(instruction: Instruction): boolean {
  const kind = instruction.opcode & CLASS_MASK;
  return (kind === CLASS.jmp || kind === CLASS.jmp32) && instruction.opcode !== OPCODE.jump;
}

/** How many slots an item takes: a jump that goes too far for 16 bits becomes a longer one, or jumps over one. */
function slotsTaken(instruction: Instruction, far: boolean): number {
  return far && isConditional(instruction) ? 3 : slotsOf(instruction);
}

/** Slot each item begins at, in the end that of the function's end. */
function slotsOfItems(items: readonly Laid[], far: ReadonlySet<number>): number[] {
  const slots: number[] = [];
  let slot = 0;
  items.forEach((item, i) => {
    slots.push(slot);
    slot += slotsTaken(item.instruction, far.has(i));
  });
  slots.push(slot);
  return slots;
}

/** The items whose jumps do not fit 16 bits. Lengthening one may push another out of reach, so until none is found. */
function findFarJumps(items: readonly Laid[]): Set<number> {
  const far = new Set<number>();
  for (let before = -1; far.size !== before; ) {
    before = far.size;
    const slots = slotsOfItems(items, far);
    items.forEach((item, i) => {
      if (item.target === undefined || far.has(i)) return;
      const distance = (slots[item.target] ?? 0) - (slots[i] ?? 0) - 1;
      if (Math.abs(distance) > FARTHEST) far.add(i);
    });
  }
  return far;
}

function withDistance(instruction: Instruction, distance: number, far: boolean): Instruction[] {
  const { position } = instruction;
  const located = (made: Instruction): Instruction => (position ? { ...made, position } : made);
  if (!far) return [{ ...instruction, offset: distance }];
  // ISA v4, Linux 6.6: no program below 32768 instructions has one.
  if (!isConditional(instruction)) return [located(asm.jumpLong(distance))];
  return [{ ...instruction, offset: 1 }, located(asm.jump(1)), located(asm.jumpLong(distance - 2))];
}

/** Puts distances into the jumps of one function; calls keep 0. */
function layFunction(lowered: LoweredFunction): { instructions: Instruction[]; calls: Map<number, IrFunction> } {
  const items: Laid[] = lowered.items.map(({ instruction, target, callee }) => ({
    instruction,
    ...(target === undefined ? {} : { target: lowered.labels.get(target) ?? 0 }),
    ...(callee ? { callee } : {}),
  }));
  const far = findFarJumps(items);
  const slots = slotsOfItems(items, far);
  const instructions: Instruction[] = [];
  const calls = new Map<number, IrFunction>();
  items.forEach((item, i) => {
    if (item.callee) calls.set(instructions.length, item.callee);
    if (item.target === undefined) instructions.push(item.instruction);
    else {
      const distance = (slots[item.target] ?? 0) - (slots[i] ?? 0) - 1;
      instructions.push(...withDistance(item.instruction, distance, far.has(i)));
    }
  });
  return { instructions, calls };
}

/** Where a function begins, in slots. */
export interface Placed {
  readonly ir: IrFunction;
  readonly slot: number;
}

/** Lays functions one after the other and puts all distances in: the last step, after which nothing moves. */
export function layOut(functions: readonly LoweredFunction[]): { instructions: Instruction[]; placed: Placed[] } {
  const laid = functions.map((lowered) => ({ ir: lowered.ir, ...layFunction(lowered) }));
  const starts = new Map<IrFunction, number>();
  let slot = 0;
  for (const { ir, instructions } of laid) {
    starts.set(ir, slot);
    for (const instruction of instructions) slot += slotsOf(instruction);
  }
  const all: Instruction[] = [];
  slot = 0;
  for (const { instructions, calls } of laid) {
    instructions.forEach((instruction, i) => {
      const callee = calls.get(i);
      const start = callee ? starts.get(callee) : undefined;
      all.push(start === undefined ? instruction : { ...instruction, immediate: start - slot - 1 });
      slot += slotsOf(instruction);
    });
  }
  return { instructions: all, placed: [...starts].map(([ir, start]) => ({ ir, slot: start })) };
}
