import { simulator } from './simulator.ts';
import type { World } from './world.ts';

let current: World = simulator;

/** Where the matchers run programs now. */
export function currentWorld(): World {
  return current;
}

/** Lets the matchers of a synchronous body run their programs in a world. */
export function inWorld<T>(world: World, body: () => T): T {
  const before = current;
  current = world;
  try {
    return body();
  } finally {
    current = before;
  }
}
