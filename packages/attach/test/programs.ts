import {
  asm,
  type BpfObject,
  DEFAULT_LICENSE,
  type Instruction,
  type MapSpec,
  type ProgramSpec,
  type ProgramType,
} from '@hookline/bpf';

/** A program of one function. */
export function program<T extends ProgramType>(type: T, ...instructions: readonly Instruction[]): ProgramSpec<T> {
  return {
    kind: 'program',
    name: 'main',
    type,
    license: DEFAULT_LICENSE,
    instructions,
    functions: [{ name: 'main', slot: 0, parameters: 1 }],
  };
}

/** A program that returns a number. */
export function returning<T extends ProgramType>(type: T, verdict: number): ProgramSpec<T> {
  return program(type, asm.mov(0, { immediate: verdict }), asm.exit());
}

export function objectOf<T extends ProgramType>(
  main: ProgramSpec<T>,
  ...maps: readonly MapSpec[]
): BpfObject<{ readonly main: ProgramSpec<T> }> {
  return { kind: 'object', programs: { main }, maps: Object.fromEntries(maps.map((map) => [map.name, map])) };
}
