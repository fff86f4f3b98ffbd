import { disassemble, formatInstruction } from '@hookline/bpf';
import { loadProgram } from '../program/load-program.ts';
import type { Session } from '../session.ts';

export interface DisasmOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** Prints the object that a program reference stands for, as assembly text or as JSON. */
export async function showInstructions(reference: string, options: DisasmOptions, session: Session): Promise<void> {
  const { object } = await loadProgram(reference, options.config === undefined ? {} : { config: options.config });
  if (options.json !== true) {
    await session.stdout.write(disassemble(object));
    return;
  }
  const programs = Object.fromEntries(
    Object.entries(object.programs).map(([name, { type, license, instructions }]) => [
      name,
      {
        type,
        license,
        instructions: instructions.map((instruction) => ({
          text: formatInstruction(instruction),
          position: instruction.position ?? null,
        })),
      },
    ]),
  );
  const maps = Object.fromEntries(
    Object.entries(object.maps).map(([name, { type, key, value, maxEntries, flags }]) => [
      name,
      { type, keySize: key.size, valueSize: value.size, maxEntries, flags },
    ]),
  );
  await session.stdout.line(JSON.stringify({ programs, maps }, null, 2));
}
