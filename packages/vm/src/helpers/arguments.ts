import type { Engine } from '../engine/engine.ts';

/** Word indices of r1..r5 in `engine.registers`: the lower half of each argument, the upper one is behind it. */
export const R1 = 2;
export const R2 = 4;
export const R3 = 6;
export const R4 = 8;
export const R5 = 10;

/** A 64-bit argument of flags: as a number where the upper half is 0, otherwise above every flag. */
export function flagsArgument(engine: Engine, register: number): number {
  const { registers } = engine;
  return registers[register + 1] === 0 ? (registers[register] as number) >>> 0 : Infinity;
}

/** The low 32 bits of an argument, unsigned. */
export function u32Argument(engine: Engine, register: number): number {
  return (engine.registers[register] as number) >>> 0;
}

/** A size in bytes: whole 64 bits, so that a negative one is too large for every region. */
export function sizeArgument(engine: Engine, register: number): number {
  const { registers } = engine;
  return ((registers[register + 1] as number) >>> 0) * 2 ** 32 + ((registers[register] as number) >>> 0);
}
