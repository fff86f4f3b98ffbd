import { ERRNO } from '@hookline/bpf';
import type { Engine } from '../engine/engine.ts';
import { STATE } from '../engine/state.ts';
import { flagsArgument, R1, R2, R3, R4, R5, u32Argument } from './arguments.ts';
import type { Helper } from './helper.ts';

/** BPF_MAX_LOOPS. */
const MOST_LOOPS = 8 * 1024 * 1024;

/** Calls a function of the program with these arguments. Tells whether it returned something other than 0. */
function callback(engine: Engine, slot: number, ...words: readonly number[]): boolean {
  const { registers } = engine;
  for (let i = 0; i < R5 + 2 - R1; i++) registers[R1 + i] = words[i] ?? 0;
  engine.callback(slot);
  return registers[0] !== 0 || registers[1] !== 0;
}

/** bpf_loop in kernel/bpf/bpf_iter.c, bpf_for_each_map_elem in kernel/bpf/bpf_iter.c and the maps. */
export const loopHelpers = {
  loop(engine: Engine): void {
    const { registers } = engine;
    const loops = u32Argument(engine, R1);
    const slot = engine.callbackArgument(R2);
    const low = registers[R3] as number;
    const high = registers[R3 + 1] as number;
    if (flagsArgument(engine, R4) !== 0) {
      engine.return(-ERRNO.EINVAL);
      return;
    }
    if (loops > MOST_LOOPS) {
      engine.return(-ERRNO.E2BIG);
      return;
    }
    let done = 0;
    while (done < loops) if (callback(engine, slot, done++, 0, low, high)) break;
    engine.returnUnsigned(done);
  },

  for_each_map_elem(engine: Engine): void {
    const { registers, state } = engine;
    const map = engine.mapArgument(R1);
    const descriptor = registers[R1] as number;
    const slot = engine.callbackArgument(R2);
    const low = registers[R3] as number;
    const high = registers[R3 + 1] as number;
    if (flagsArgument(engine, R4) !== 0) {
      engine.return(-ERRNO.EINVAL);
      return;
    }
    engine.charge(map.placesToVisit);
    const outerKey = state[STATE.key] as number;
    const outerLength = state[STATE.keyLength] as number;
    const count = map.visitElements((key, value) => {
      state[STATE.key] = key;
      state[STATE.keyLength] = map.keyBytes;
      return callback(engine, slot, descriptor, 0, key, 0, value, 0, low, high) ? 1 : 0;
    }, engine.cpu);
    state[STATE.key] = outerKey;
    state[STATE.keyLength] = outerLength;
    engine.return(count);
  },
} satisfies Record<string, Helper>;
