import type { Engine } from '../engine/engine.ts';
import { readableArgument, writableArgument } from '../memory/checks.ts';
import { flagsArgument, R1, R2, R3, R4, u32Argument } from './arguments.ts';
import type { Helper } from './helper.ts';

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
    engine.returnUnsigned(map.lookupPerCpu(key, u32Argument(engine, R3)));
  },
} satisfies Record<string, Helper>;
