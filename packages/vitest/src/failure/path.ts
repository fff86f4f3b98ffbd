import { BpfError, type BpfPlace, type ContextFields, type Instruction, type Position, slotsOf } from '@hookline/bpf';
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
 * where. So the program is run again with every budget.
 *
 * @returns undefined where the program carries no positions, the run is longer than a million instructions, or the program
 *   cannot be run a second time as it was the first
 */
export function pathOf(program: ReplayProgram, frame: Uint8Array, context: ContextFields): Path | undefined {
  const { programs } = program.object;
  const bySlot = new Map(Object.values(programs).map(({ name, instructions }) => [name, slotted(instructions)]));
  const stopAt = (budget: number): Instruction | undefined => {
    const place = stopOf(program, frame, context, budget);
    // Tail calls lead into other programs of the object.
    return place && bySlot.get(place.program ?? '')?.[place.instruction ?? 0];
  };
  try {
    const length = lengthOfRun(stopAt);
    if (length === undefined) return undefined;
    const first = Math.max(1, length - MOST_STEPS);
    const steps = Array.from({ length: length - first }, (_, i) => stopAt(first + i)).filter(
      (step) => step !== undefined,
    );
    const origin = programs[keyOf(program)]?.instructions[0]?.position;
    return pathOfSteps(steps, origin, first > 1);
  } catch {
    // The failure that is to be explained is worth more than this one.
    return undefined;
  }
}

function pathOfSteps(steps: readonly Instruction[], origin: Position | undefined, isCut: boolean): Path | undefined {
  const lines: Position[] = [];
  // Verdicts share the end of the program: the way there says nothing.
  const last = steps.findLastIndex(({ opcode }) => opcode !== EXIT && opcode !== GOTO);
  const own = steps.slice(0, last + 1);
  for (const { position } of own) {
    if (position !== undefined && !isSameLine(position, lines.at(-1))) lines.push(position);
  }
  const inside = lines.filter((line) => !isSameLine(line, origin));
  const decided = own.at(-1)?.position ?? origin;
  return decided && { lines: inside.length === 0 ? [decided] : inside, decided, origin, isCut };
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
function stopOf(
  program: ReplayProgram,
  frame: Uint8Array,
  context: ContextFields,
  budget: number,
): BpfPlace | undefined {
  try {
    simulate(program, budget).program.testRun(frame, { context });
    return undefined;
  } catch (error) {
    if (error instanceof BpfError && error.code === 'PROGRAM_BUDGET') return error.place;
    throw error;
  }
}

/** Instructions by the slots that they begin at. */
function slotted(instructions: readonly Instruction[]): readonly (Instruction | undefined)[] {
  return instructions.flatMap((instruction) => (slotsOf(instruction) === 2 ? [instruction, undefined] : [instruction]));
}
