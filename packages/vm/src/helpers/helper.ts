import type { Engine } from '../engine/engine.ts';

/**
 * A helper function: takes its arguments from r1..r5 of `engine.registers` (words 2..11) and leaves its result in r0
 * (words 0 and 1).
 */
export type Helper = (engine: Engine) => void;
