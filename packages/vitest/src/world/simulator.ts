import type { ContextFields, LoadedObject, Row } from '@hookline/bpf';
import { LinearMemory, MemoryExhaustedError, Random, VirtualClock } from '@hookline/machine';
import type { ReplayProgram } from '@hookline/replay';
import { Vm, type VmProgram } from '@hookline/vm';
import { verdictName } from './verdict.ts';
import type { Outcome, World } from './world.ts';

/** The key of what runs: one hook of a program has one. */
export function keyOf({ xdp, tc }: ReplayProgram): string {
  return (xdp ?? tc) as string;
}

/** 64 MiB: a machine takes longer to make the more it can hold, and most programs need little. */
const SMALL_MEMORY = 1024;
let memory: LinearMemory | undefined;

/** A machine with one CPU, freshly loaded, at time 0: equal programs and frames give equal outcomes. */
export interface Simulation {
  readonly vm: Vm;
  readonly program: VmProgram;
  readonly loaded: LoadedObject;
}

/** @param instructionBudget after how many instructions a run ends with PROGRAM_BUDGET */
export function simulate(program: ReplayProgram, instructionBudget?: number): Simulation {
  try {
    memory ??= new LinearMemory(SMALL_MEMORY);
    return load(program, memory, instructionBudget);
  } catch (error) {
    if (!(error instanceof MemoryExhaustedError)) throw error;
    // Maps stay in a memory as long as it lives. What an empty one of full size does not hold is refused for good.
    memory = undefined;
    return load(program, new LinearMemory(), instructionBudget);
  }
}

function load(program: ReplayProgram, into: LinearMemory, instructionBudget: number | undefined): Simulation {
  const vm = new Vm({
    memory: into,
    cpus: 1,
    clock: new VirtualClock(),
    random: new Random(1),
    ...(instructionBudget === undefined ? {} : { instructionBudget }),
  });
  const loaded = vm.load(program.object);
  program.ready?.(loaded);
  return { vm, program: loaded.programs[keyOf(program)] as VmProgram, loaded };
}

export const simulator: World = {
  name: 'simulator',
  run(program: ReplayProgram, frame: Uint8Array, context: ContextFields): Outcome {
    const simulation = simulate(program);
    const { type } = simulation.program.spec;
    const result = simulation.program.testRun(frame, { context });
    const verdict = verdictName(type, result.verdict);
    const targets = verdict === 'REDIRECT' ? targetsOf(simulation.vm) : [];
    const counted = countedIn(program, simulation.loaded);
    return { program: program.name, type, verdict, frame: result.frame, targets, counted };
  },
};

/** The rows of a report that have a packet: the counters begin at 0. */
export function countedIn(program: ReplayProgram, loaded: LoadedObject): readonly Row[] {
  return program.rows?.(loaded).filter(({ packets }) => packets > 0n) ?? [];
}

/** `BPF_F_BROADCAST` in linux/bpf.h. */
const BROADCAST = 8;

function targetsOf(vm: Vm): number[] {
  const { kind, map, key, ifindex, flags } = vm.redirect(0);
  if (kind === 'ifindex') return [ifindex];
  if (kind === 'none' || map === undefined) return [];
  if ((flags & BROADCAST) !== 0) return map.targets();
  const target = map.targetAt(key);
  return target === 0 ? [] : [target];
}
