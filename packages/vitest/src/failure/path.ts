import { BpfError, type ContextFields, type Instruction, type Position, slotsOf } from '@hookline/bpf';
import type { ReplayProgram } from '@hookline/replay';
import { keyOf, simulate } from '../world/simulator.ts';

/** The lines of the author's source that a run executed. */
export interface Path {
  /** In order, a line once for all its instructions in a row; the last ones where there are many. */
  readonly lines: readonly Position[];
  /** The line that the verdict comes from. */
  readonly decided: Position;
  /** Where the program begins, which is also where a verdict comes from that ends its body. */
  readonly origin: Position | undefined;
  /** Whether there were more lines before. */
  readonly isCut: boolean;
}

/** Every step is a run of its own, of about a millisecond. */
const MOST_STEPS = 400;
const MOST_INSTRUCTIONS = 1 << 20;

const EXIT = 0x95;
const GOTO = 0x05;

/**
 * Finds the way of a frame through a program: the machine stops before any instruction if its budget is used up, and says
 * where. So the program is run again with every budget. Nothing is known of a run that is longer than a million
 * instructions.
 *
 * @returns undefined where the program carries no positions
 */
export function pathOf(program: ReplayProgram, frame: Uint8Array, context: ContextFields): Path | undefined {
  const instructions = bySlot(program.object.programs[keyOf(program)]?.instructions ?? []);
  const stopAt = (budget: number): Instruction | undefined => {
    const slot = slotAt(program, frame, context, budget);
    return slot === undefined ? undefined : instructions[slot];
  };
  const length = lengthOfRun(stopAt);
  if (length === undefined) return undefined;
  const first = Math.max(1, length - MOST_STEPS);
  const steps: Instruction[] = [];
  // The first instruction is executed with any budget.
  if (first === 1 && instructions[0] !== undefined) steps.push(instructions[0]);
  for (let budget = first; budget < length; budget++) {
    const instruction = stopAt(budget);
    if (instruction !== undefined && instruction !== steps.at(-1)) steps.push(instruction);
  }
  return pathOfSteps(steps, instructions[0]?.position, first > 1);
}

function pathOfSteps(steps: readonly Instruction[], origin: Position | undefined, isCut: boolean): Path | undefined {
  const lines: Position[] = [];
  // Verdicts share the end of the program: the way there says nothing.
  const last = steps.findLastIndex(({ opcode }) => opcode !== EXIT && opcode !== GOTO);
  for (const { position } of steps.slice(0, last + 1)) {
    if (position !== undefined && !isSameLine(position, lines.at(-1))) lines.push(position);
  }
  const own = lines.filter((line) => !isSameLine(line, origin));
  const decided = steps[last]?.position;
  return decided && { lines: own.length === 0 ? lines : own, decided, origin, isCut };
}

/** Columns tell the parts of a line apart: nobody asks for them. */
export function isSameLine(a: Position, b: Position | undefined): boolean {
  return a.line === b?.line && a.file === b.file;
}

/** The smallest budget with which the program ends. */
function lengthOfRun(stopAt: (budget: number) => Instruction | undefined): number | undefined {
  let high = 1;
  while (stopAt(high) !== undefined) {
    high *= 2;
    if (high > MOST_INSTRUCTIONS) return undefined;
  }
  let low = high >> 1;
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if (stopAt(middle) === undefined) high = middle;
    else low = middle;
  }
  return high;
}

/** Where a run with a budget stops; undefined where it ends. */
function slotAt(program: ReplayProgram, frame: Uint8Array, context: ContextFields, budget: number): number | undefined {
  try {
    simulate(program, budget).program.testRun(frame, { context });
    return undefined;
  } catch (error) {
    if (error instanceof BpfError && error.code === 'PROGRAM_BUDGET') return error.place.instruction;
    throw error;
  }
}

function bySlot(instructions: readonly Instruction[]): (Instruction | undefined)[] {
  return instructions.flatMap((instruction) => (slotsOf(instruction) === 2 ? [instruction, undefined] : [instruction]));
}
