import { MAX_TAIL_CALLS } from '@hookline/bpf';
import type { Engine } from './engine.ts';
import { programFault } from './fault.ts';
import { WORDS_PER_SLOT } from './operation.ts';
import type { PreparedProgram } from './prepared-program.ts';
import { STATE } from './state.ts';

/** Word indices of r1, r6 and r10. */
const R1 = 2;
const R6 = 12;
const R10 = 20;
/** r6..r9. */
const SAVED_WORDS = 8;

/** Puts away what the caller keeps over a call: r6..r9, r10, its program and where it goes on. */
export function saveFrame(engine: Engine, program: PreparedProgram, p: number, depth: number): void {
  const { registers } = program;
  const saved = engine.savedRegisters;
  const start = depth * SAVED_WORDS;
  for (let i = 0; i < SAVED_WORDS; i++) saved[start + i] = registers[R6 + i] as number;
  engine.returnAddress[depth] = p + WORDS_PER_SLOT;
  engine.callers[depth] = program;
}

/** Brings it back. The program is another one where the callee made a tail call; only r0 crosses over. */
export function restoreFrame(engine: Engine, current: PreparedProgram, depth: number): PreparedProgram {
  const program = engine.callers[depth] as PreparedProgram;
  const { registers } = program;
  const saved = engine.savedRegisters;
  const start = depth * SAVED_WORDS;
  if (program !== current) {
    registers[0] = current.registers[0] as number;
    registers[1] = current.registers[1] as number;
    engine.enter(program);
  }
  for (let i = 0; i < SAVED_WORDS; i++) registers[R6 + i] = saved[start + i] as number;
  registers[R10] = engine.stackTop - depth * engine.frameSize;
  registers[R10 + 1] = 0;
  return program;
}

/**
 * The program that bpf_tail_call(context, map, index) goes to, or undefined where it falls through: no such entry,
 * or 33 tail calls before (kernel/bpf/core.c, JMP_TAIL_CALL).
 */
export function tailCall(engine: Engine): PreparedProgram | undefined {
  const { registers, state } = engine;
  if (registers[R1 + 1] !== 0 || registers[R1] !== state[STATE.context]) {
    throw programFault(engine, 'r1 of a tail call is not the context: pass the context on unchanged.');
  }
  const map = engine.mapArgument(R1 + 2);
  const next = map.programAt((registers[R1 + 4] as number) >>> 0);
  if ((state[STATE.tailCalls] as number) >= MAX_TAIL_CALLS || next === undefined) return undefined;
  state[STATE.tailCalls] = (state[STATE.tailCalls] as number) + 1;
  return next;
}

/** Continues in another program, in the same frame: it gets the context and the stack. */
export function enterProgram(engine: Engine, from: PreparedProgram, to: PreparedProgram): void {
  const stack = from.registers[R10] as number;
  to.registers.fill(0, 0, R10 + 2);
  to.registers[R1] = engine.state[STATE.context] as number;
  to.registers[R10] = stack;
  engine.enter(to);
}
