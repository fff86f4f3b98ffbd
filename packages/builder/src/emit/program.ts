import { DEFAULT_LICENSE, type ProgramSpec, type ProgramType, STACK_SIZE } from '@hookline/bpf';
import { BuildError } from '../build-error.ts';
import type { IrFunction } from '../ir/operation.ts';
import { largestArea } from './allocate.ts';
import { layOut } from './layout.ts';
import { type LoweredFunction, lower } from './lower.ts';

/** The main function and all that it calls, each once, in the order of their first call. */
function lowerAll(main: IrFunction): LoweredFunction[] {
  const lowered = new Map<IrFunction, LoweredFunction>();
  const pending = [main];
  for (const ir of pending) {
    if (lowered.has(ir)) continue;
    const one = lower(ir);
    lowered.set(ir, one);
    pending.push(...one.callees);
  }
  return [...lowered.values()];
}

/** The kernel counts a frame in steps of 32 bytes, at least one (`round_up_stack_depth` in kernel/bpf/verifier.c). */
function frameSize(stack: number): number {
  return Math.max(32, Math.ceil(stack / 32) * 32);
}

function requireStack(functions: readonly LoweredFunction[]): void {
  const byIr = new Map(functions.map((lowered) => [lowered.ir, lowered]));
  const walk = (lowered: LoweredFunction, above: number): void => {
    const total = above + (above > 0 || lowered.callees.length > 0 ? frameSize(lowered.stack) : lowered.stack);
    if (total > STACK_SIZE) {
      const area = largestArea(lowered.ir.blocks);
      const what = area?.op === 'reserve' && area.area.size > 64 ? ` The largest part is ${area.area.size} bytes.` : '';
      throw new BuildError(
        'BUILD_SIZE',
        `${lowered.ir.name} needs ${total} bytes of stack, but a program has ${STACK_SIZE}.${what} Keep fewer values over calls and branches, or put large ones into a per-CPU array of one entry.`,
        (area ?? lowered.ir).origin.position,
      );
    }
    for (const callee of lowered.callees) {
      const next = byIr.get(callee);
      if (next) walk(next, total);
    }
  };
  const main = functions[0];
  if (main) walk(main, 0);
}

/** From functions to a program that a loader takes. */
export function emitProgram<T extends ProgramType>(
  name: string,
  type: T,
  license: string | undefined,
  main: IrFunction,
): ProgramSpec<T> {
  const functions = lowerAll(main);
  requireStack(functions);
  const { instructions, placed } = layOut(functions);
  return {
    kind: 'program',
    name,
    type,
    license: license ?? DEFAULT_LICENSE,
    instructions,
    functions: placed.map(({ ir, slot }) => ({ name: ir.name, slot, parameters: ir.parameters.length })),
  };
}
