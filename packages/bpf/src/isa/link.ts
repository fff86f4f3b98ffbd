import type { Instruction, MapReference } from './instruction.ts';
import { validate } from './validate.ts';

/** What takes the place of a reference: a file descriptor in the kernel, an address in the simulator. */
export interface LinkedImmediate {
  /** Lower half: of `map` a file descriptor or address, of `mapValue` the same with the offset in `high`, or an address. */
  readonly low: number;
  readonly high: number;
  /** `PSEUDO.mapFd` and `PSEUDO.mapValue` for the kernel, `PSEUDO.immediate` for a plain number. */
  readonly pseudoSource: number;
}

/**
 * Puts the maps into a program: the last step before `encode`, when a loader knows them.
 *
 * @param resolve called once for each instruction that refers to a map
 * @returns the checked program without references; positions stay
 * @throws BpfError INSTRUCTION_INVALID as `validate` does, and whatever `resolve` throws
 */
export function linkProgram(
  program: { readonly name: string; readonly instructions: readonly Instruction[] },
  resolve: (reference: MapReference) => LinkedImmediate,
): Instruction[] {
  validate(program.instructions, { program: program.name });
  return program.instructions.map((instruction) => {
    if (!instruction.reference) return instruction;
    const { reference, ...rest } = instruction;
    const { low, high, pseudoSource } = resolve(reference);
    return { ...rest, source: pseudoSource, immediate: low | 0, immediateHigh: high | 0 };
  });
}
