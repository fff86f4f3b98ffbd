import { type BpfError, MAX_CALL_FRAMES, STACK_SIZE } from '@hookline/bpf';
import type { LinearMemory } from '@hookline/machine';
import type { Helper } from '../helpers/helper.ts';
import type { MapTable } from '../maps/map-table.ts';
import type { VmMap } from '../maps/vm-map.ts';
import { type ContextRules, contextRules } from '../memory/context-rules.ts';
import { LAST_REGION_END, type RegionTable } from '../memory/region-table.ts';
import { WORDS_PER_SLOT } from '../prepare/operation.ts';
import type { PreparedProgram } from '../prepare/prepared-program.ts';
import type { RedirectTarget } from '../redirect-target.ts';
import type { SkBuff } from '../sk-buff.ts';
import type { XdpFrame } from '../xdp-frame.ts';
import type { Registers } from './arithmetic.ts';
import { programFault } from './fault.ts';
import { createInterpreter, type Interpreter } from './interpreter.ts';
import { STATE, STATE_WORDS } from './state.ts';

/** Kernels between which helpers differ. */
export type KernelVersion = '6.12' | '6.18';

export interface EngineOptions {
  readonly memory: LinearMemory;
  /** Simulated CPUs; per-CPU maps hold a value for each. */
  readonly cpus: number;
  /** Nanoseconds of the simulated world. */
  readonly clock: { readonly now: number };
  readonly random: { u32(): number };
  readonly kernel: KernelVersion;
  /** Takes a line of bpf_trace_printk, without the final line feed. */
  readonly trace: (line: string) => void;
  readonly instructionBudget: number;
}

/** Upper half of what stands for a function of the program: no address has a bit there. */
export const CALLBACK_TAG = 0x0ca1_1bac;

// V8 folds these into the code, but not the properties of an imported object.
const DEPTH = STATE.depth;
const BUDGET = STATE.budget;
const PACKET = STATE.packet;
const PACKET_LENGTH = STATE.packetLength;
const CONTEXT = STATE.context;
const CONTEXT_LENGTH = STATE.contextLength;
const TAIL_CALLS = STATE.tailCalls;
const KEY_LENGTH = STATE.keyLength;
const PC = STATE.pc;

const LAST_PACKET_END = LAST_REGION_END;
const CONTEXT_BYTES = 192;
/** Bytes between what a program may touch. */
const GUARD = 64;
/** Bytes or places that a helper may work on for one instruction of the budget. */
const WORK_SHIFT = 6;
const R1 = 2;
const R2 = 4;
const R10 = 20;

/**
 * The state of a running program: what the interpreter, the helpers and the maps share. A machine has one, and runs
 * one program at a time on it.
 */
export class Engine {
  readonly memory: LinearMemory;
  readonly options: EngineOptions;
  readonly instructionBudget: number;
  readonly state: Int32Array<ArrayBuffer> = new Int32Array(STATE_WORDS);
  readonly regions: RegionTable;
  readonly maps: MapTable;
  /** One past the highest byte of the stack: r10 of the outermost function. */
  readonly stackTop: number;
  readonly context: number;
  /** By frame: r6..r9, the caller and where it goes on. */
  readonly savedRegisters: Int32Array<ArrayBuffer> = new Int32Array(MAX_CALL_FRAMES * 8);
  readonly returnAddress: Int32Array<ArrayBuffer> = new Int32Array(MAX_CALL_FRAMES);
  readonly callers: PreparedProgram[] = [];
  /** What calls refer to by index. */
  readonly helpers: Helper[] = [];
  /** By CPU. */
  readonly redirects: readonly RedirectTarget[];
  contextRules: ContextRules = contextRules('xdp');
  /** Ring buffer records that the run has reserved and not yet submitted. */
  reserved = 0;
  /** CPU of this run. */
  cpu = 0;
  /** The frame or packet of this run. */
  frame: XdpFrame | undefined;
  skb: SkBuff | undefined;
  readonly #interpret: Interpreter;
  #program: PreparedProgram | undefined;
  registers: Registers = new Int32Array(R10 + 2);

  constructor(options: EngineOptions, maps: MapTable, regions: RegionTable) {
    const { memory, cpus } = options;
    this.memory = memory;
    this.options = options;
    this.instructionBudget = options.instructionBudget;
    this.regions = regions;
    this.maps = maps;
    const stackSize = STACK_SIZE * MAX_CALL_FRAMES;
    // Nothing that a program may touch follows: r10 itself is outside of the stack.
    this.stackTop = memory.reserve(stackSize + GUARD, 'the stack of programs', STACK_SIZE) + stackSize;
    this.context = memory.reserve(CONTEXT_BYTES + GUARD, 'the context of programs', 64);
    this.redirects = Array.from({ length: cpus }, () => ({
      kind: 'none' as const,
      map: undefined,
      key: 0,
      ifindex: 0,
      flags: 0,
    }));
    this.#interpret = createInterpreter(this);
  }

  /** The program that runs. */
  get program(): PreparedProgram {
    return this.#program as PreparedProgram;
  }

  /** Makes a program the current one, without running it. */
  enter(program: PreparedProgram): void {
    this.#program = program;
    this.registers = program.registers;
  }

  /** Gets ready for a run of a program on a CPU: its context, no redirect, no packet yet. */
  begin(program: PreparedProgram, cpu: number): void {
    const redirect = this.redirects[cpu];
    if (redirect === undefined) {
      throw new RangeError(`There is no CPU ${cpu}: the machine has 0 to ${this.redirects.length - 1}.`);
    }
    redirect.kind = 'none';
    this.cpu = cpu;
    this.enter(program);
    this.state[PC] = program.entry;
    this.contextRules = program.contextRules;
    this.state[CONTEXT] = this.context;
    this.state[CONTEXT_LENGTH] = program.contextSize;
  }

  /** Opens [start, end) to the program as its packet; [start, data) is metadata. */
  setPacket(start: number, end: number): void {
    // Written so that NaN fails too.
    if (!(start <= end && end <= LAST_PACKET_END)) {
      const problem = `no packet can lie at ${start} to ${end}`;
      throw programFault(this, `${problem}: give it an end behind its start, not in the last 32 KiB of addresses.`);
    }
    this.state[PACKET] = start;
    this.state[PACKET_LENGTH] = end - start;
  }

  /**
   * Runs the program that `begin` or `enter` chose, with r1 and r2 as given, on whatever packet is set.
   *
   * @returns the low 32 bits of r0, signed
   * @throws BpfError PROGRAM_FAULT or PROGRAM_BUDGET
   */
  run(r1: number, r2: number): number {
    const { state, registers } = this;
    state[DEPTH] = 0;
    state[BUDGET] = this.instructionBudget;
    state[TAIL_CALLS] = 0;
    registers[0] = 0;
    registers[1] = 0;
    registers[R1] = r1;
    registers[R1 + 1] = 0;
    registers[R2] = r2;
    registers[R2 + 1] = 0;
    registers[R10] = this.stackTop;
    registers[R10 + 1] = 0;
    this.#interpret(this.program.entry, 0);
    if (this.reserved !== 0) throw this.#unsubmitted();
    return this.registers[0] as number;
  }

  #unsubmitted(): BpfError {
    return programFault(this, `it ends with ${this.reserved} reserved records: submit or discard every one.`);
  }

  /**
   * Closes what a run has open that ends in a fault: the key of a visit, and records, which would hold up all those
   * behind them. (Faults call it, not `run`: there it costs 3 of the 78 ns of a short program.)
   */
  abandon(): void {
    this.state[KEY_LENGTH] = 0;
    if (this.reserved === 0) return;
    for (const ring of this.maps.rings) ring.discardReserved();
    this.reserved = 0;
  }

  /**
   * Lets the budget pay for what a helper does, so that a few instructions cannot keep the machine busy for hours. The
   * run ends at the next instruction where it is too much.
   *
   * @param work bytes, or places of a table
   */
  charge(work: number): void {
    this.state[BUDGET] = (this.state[BUDGET] as number) - (work >>> WORK_SHIFT);
  }

  /**
   * Calls a function of the running program from a helper, with r1..r5 already in place.
   *
   * @param slot its first slot
   */
  callback(slot: number): void {
    const { state, program, registers } = this;
    const depth = state[STATE.depth] as number;
    const pc = state[STATE.pc] as number;
    if (depth + 1 >= MAX_CALL_FRAMES) {
      throw programFault(this, `more than ${MAX_CALL_FRAMES} functions would be active: make calls less deep.`);
    }
    const saved = this.savedRegisters;
    const start = depth * 8;
    for (let i = 0; i < 8; i++) saved[start + i] = registers[12 + i] as number;
    registers[R10] = (registers[R10] as number) - STACK_SIZE;
    state[STATE.depth] = depth + 1;
    this.#interpret(program.entry + slot * WORDS_PER_SLOT, depth + 1);
    if (this.program !== program) {
      // The callback ended in another program, through a tail call.
      registers[0] = this.registers[0] as number;
      registers[1] = this.registers[1] as number;
      this.enter(program);
    }
    state[STATE.depth] = depth;
    state[STATE.pc] = pc;
    for (let i = 0; i < 8; i++) registers[12 + i] = saved[start + i] as number;
    registers[R10] = (registers[R10] as number) + STACK_SIZE;
  }

  /** The slot of the function that an argument names. */
  callbackArgument(register: number): number {
    const slot = this.registers[register] as number;
    // Numbers can be made up: only what the program names is a function.
    if (this.registers[register + 1] !== CALLBACK_TAG || !this.program.callbacks.has(slot)) {
      throw programFault(this, 'the argument is no function of this program: load it with loadFunction.');
    }
    return slot;
  }

  /** The map that an argument names. */
  mapArgument(register: number): VmMap {
    const map =
      this.registers[register + 1] === 0 ? this.maps.at((this.registers[register] as number) >>> 0) : undefined;
    if (map === undefined) throw programFault(this, 'the argument is no map: load it with loadMap.');
    return map;
  }

  /** Checks that an argument is the program's context, unchanged. */
  checkContext(register: number): void {
    const low = this.registers[register];
    if (
      this.registers[register + 1] !== 0 ||
      low !== this.state[STATE.context] ||
      this.state[STATE.contextLength] === 0
    ) {
      throw programFault(this, 'the argument is not the context: pass r1 of the program on unchanged.');
    }
  }

  /** Leaves a number in r0, sign-extended to 64 bits. */
  return(value: number): void {
    this.registers[0] = value;
    this.registers[1] = value >> 31;
  }

  /** Leaves an address or an unsigned 32-bit number in r0. */
  returnUnsigned(value: number): void {
    this.registers[0] = value;
    this.registers[1] = 0;
  }
}
