import { readableArgument, writableArgument } from '../engine/checks.ts';
import type { Engine } from '../engine/engine.ts';
import type { Helper } from './helper.ts';

/** Word indices of the arguments r1..r5. */
const R1 = 2;
const R2 = 4;
const R3 = 6;
const R4 = 8;

/** A 64-bit argument of flags: as a number where the upper half is 0, otherwise above every flag. */
export function flagsArgument(engine: Engine, register: number): number {
  const { registers } = engine;
  return registers[register + 1] === 0 ? (registers[register] as number) >>> 0 : Infinity;
}

/** bpf_map_lookup_elem and its like: kernel/bpf/helpers.c. */
export const mapHelpers = {
  map_lookup_elem(engine: Engine): void {
    const map = engine.mapArgument(R1);
    engine.returnUnsigned(map.lookupElement(readableArgument(engine, R2, map.keyBytes), engine.cpu));
  },

  map_update_elem(engine: Engine): void {
    const map = engine.mapArgument(R1);
    const key = readableArgument(engine, R2, map.keyBytes);
    const value = readableArgument(engine, R3, map.valueBytes);
    engine.return(map.updateElement(key, value, flagsArgument(engine, R4), engine.cpu));
  },

  map_delete_elem(engine: Engine): void {
    const map = engine.mapArgument(R1);
    engine.return(map.deleteElement(readableArgument(engine, R2, map.keyBytes), engine.cpu));
  },

  map_push_elem(engine: Engine): void {
    const map = engine.mapArgument(R1);
    const value = readableArgument(engine, R2, map.valueBytes);
    engine.return(map.pushElement(value, flagsArgument(engine, R3)));
  },

  map_pop_elem(engine: Engine): void {
    const map = engine.mapArgument(R1);
    engine.return(map.popElement(writableArgument(engine, R2, map.valueBytes)));
  },

  map_peek_elem(engine: Engine): void {
    const map = engine.mapArgument(R1);
    engine.return(map.peekElement(writableArgument(engine, R2, map.valueBytes)));
  },

  map_lookup_percpu_elem(engine: Engine): void {
    const map = engine.mapArgument(R1);
    const key = readableArgument(engine, R2, map.keyBytes);
    engine.returnUnsigned(map.lookupPerCpu(key, (engine.registers[R3] as number) >>> 0));
  },
} satisfies Record<string, Helper>;
