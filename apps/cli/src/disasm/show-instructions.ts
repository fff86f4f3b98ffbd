import { type BpfObject, disassemble, formatInstruction } from '@hookline/bpf';
import { loadProgram } from '../program/load-program.ts';
import { type HookName, TYPE_OF_HOOK } from '../program/program-options.ts';
import type { Session } from '../session.ts';

export interface DisasmOptions {
  readonly config?: string;
  readonly hook?: HookName;
  readonly json?: boolean;
}

/** Prints the object that a program reference stands for, as assembly text or as JSON. */
export async function showInstructions(reference: string, options: DisasmOptions, session: Session): Promise<void> {
  const { hook } = options;
  const { object } = await loadProgram(reference, { ...options, all: true });
  const programs = Object.entries(object.programs).filter(
    ([, { type }]) => hook === undefined || type === TYPE_OF_HOOK[hook],
  );
  const shown: BpfObject = { ...object, programs: Object.fromEntries(programs) };
  await session.stdout.write(
    options.json === true ? `${JSON.stringify(describe(shown), null, 2)}\n` : disassemble(shown),
  );
}

function describe({ programs, maps }: BpfObject): object {
  return {
    programs: mapValues(programs, ({ name, type, license, instructions }) => ({
      name,
      type,
      license,
      instructions: instructions.map((instruction) => ({
        text: formatInstruction(instruction),
        position: instruction.position ?? null,
      })),
    })),
    maps: mapValues(maps, ({ name, type, key, value, maxEntries, flags }) => ({
      name,
      type,
      keySize: key.size,
      valueSize: value.size,
      maxEntries,
      flags,
    })),
  };
}

function mapValues<T, R>(record: Readonly<Record<string, T>>, describeOne: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, describeOne(value)]));
}
