import { MAX_TAIL_CALLS, STACK_SIZE } from '@hookline/bpf';
import { WORDS_PER_SLOT } from '../prepare/operation.ts';
import type { PreparedProgram } from '../prepare/prepared-program.ts';
import type { Engine } from './engine.ts';
import { programFault } from './fault.ts';
import { STATE } from './state.ts';

/** Word indices of r1, r2, r3, r6 and r10. */
const R1 = 2;
const R2 = 4;
const R3 = 6;
const R6 = 12;
const R10 = 20;
/** r6..r9. */
const SAVED_WORDS = 8;

/** Puts away what the caller at a depth keeps over a call (r6..r9, its program, where it goes on) and moves r10. */
export function saveFrame(engine: Engine, p: number, depth: number): void {
  const { registers, savedRegisters } = engine;
  const start = depth * SAVED_WORDS;
  for (let i = 0; i < SAVED_WORDS; i++) savedRegisters[start + i] = registers[R6 + i] as number;
  registers[R10] = (registers[R10] as number) - STACK_SIZE;
  engine.returnAddress[depth] = p + WORDS_PER_SLOT;
  engine.callers[depth] = engine.program;
}

/**
 * Brings it back. The program is another one where the callee made a tail call; only r0 crosses over.
 *
 * @returns where the caller goes on
 */
export function restoreFrame(engine: Engine, depth: number): number {
  const callee = engine.registers;
  const caller = engine.callers[depth] as PreparedProgram;
  const { registers } = caller;
  if (registers !== callee) {
    registers[0] = callee[0] as number;
    registers[1] = callee[1] as number;
    engine.enter(caller);
  }
  const start = depth * SAVED_WORDS;
  for (let i = 0; i < SAVED_WORDS; i++) registers[R6 + i] = engine.savedRegisters[start + i] as number;
  registers[R10] = engine.stackTop - depth * STACK_SIZE;
  return engine.returnAddress[depth] as number;
}

/**
 * bpf_tail_call(context, map, index): continues in another program, in the same frame. It falls through where there
 * is no such entry, and after 33 tail calls (kernel/bpf/core.c, JMP_TAIL_CALL).
 *
 * @returns word index of the next instruction
 */
export function tailCall(engine: Engine, p: number): number {
  const { registers, state } = engine;
  engine.checkContext(R1);
  const map = engine.mapArgument(R2);
  if (map.spec.type !== 'prog_array') {
    throw programFault(engine, `map ${map.spec.name} holds no programs: make tail calls through a program array.`);
  }
  const next = map.programAt((registers[R3] as number) >>> 0);
  if (next === undefined || (state[STATE.tailCalls] as number) >= MAX_TAIL_CALLS) return p + WORDS_PER_SLOT;
  state[STATE.tailCalls] = (state[STATE.tailCalls] as number) + 1;
  const stack = registers[R10] as number;
  next.registers.fill(0);
  next.registers[R1] = engine.context;
  next.registers[R10] = stack;
  engine.enter(next);
  return next.entry;
}
