import { BpfError } from '../bpf-error.ts';
import type { ProgramSpec } from '../object/program-spec.ts';
import { PROGRAM_TYPES } from '../tables/program-types.ts';
import type { TestRunOptions } from './loaded-object.ts';

const LARGEST_U32 = 0xffff_ffff;

/**
 * Checks the numbers of a test run, in both worlds: a wrong one would silently become another in the kernel's structs.
 * Which fields a test run takes is for each world to say.
 *
 * @throws BpfError EINVAL
 */
export function checkTestRun({ name, type }: ProgramSpec, { repeat = 1, context = {} }: TestRunOptions): void {
  const check = (what: string, value: number, most: number): void => {
    if (Number.isInteger(value) && value >= 0 && value <= most) return;
    const remedy = `give an integer from 0 to ${most}`;
    throw new BpfError('EINVAL', `Test run of program '${name}': ${what} is ${value}: ${remedy}.`, { program: name });
  };
  check('repeat', repeat, LARGEST_U32);
  for (const [key, value] of Object.entries(context)) {
    const size = PROGRAM_TYPES[type].context.find((field) => field.key === key)?.size;
    check(key, value, size === 8 ? Number.MAX_SAFE_INTEGER : LARGEST_U32);
  }
}
