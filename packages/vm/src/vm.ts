import { type BpfObject, checkObject, type Instruction, type MapSpec, type Maps, type Programs } from '@hookline/bpf';
import type { LinearMemory } from '@hookline/machine';
import { Engine, type KernelVersion } from './engine/engine.ts';
import { execute } from './engine/execute.ts';
import { createMap } from './maps/create-map.ts';
import { MapTable } from './maps/map-table.ts';
import type { MapWorld } from './maps/map-world.ts';
import type { VmMap } from './maps/vm-map.ts';
import { RegionTable } from './memory/region-table.ts';
import { prepare } from './prepare/prepare.ts';
import type { RedirectTarget } from './redirect-target.ts';
import { VmObject } from './vm-object.ts';
import { VmProgram } from './vm-program.ts';

export interface VmOptions {
  /** Where everything that programs touch lives, frames included. */
  readonly memory: LinearMemory;
  /** Simulated CPUs, at least 1; a per-CPU map has a value for each. */
  readonly cpus: number;
  /** What bpf_ktime_get_ns tells: nanoseconds of the simulated world. */
  readonly clock: { readonly now: number };
  /** What bpf_get_prandom_u32 draws from. */
  readonly random: { u32(): number };
  /** The kernel to behave like where they differ. Default 6.18. */
  readonly kernel?: KernelVersion;
  /** Takes the lines of bpf_trace_printk. Default: nobody. */
  readonly trace?: (line: string) => void;
  /** Instructions that one run may execute, 1 to 2^30; long work of helpers counts too. Default 100 000 000. */
  readonly instructionBudget?: number;
  /** Which interface indices exist, for device maps. Default: all. */
  readonly hasDevice?: (ifindex: number) => boolean;
}

/**
 * Instructions a run may execute where nothing else is said. The kernel has no such limit, so it must be above what its
 * verifier lets through: the 8 388 608 rounds of one bpf_loop, of ten instructions or so. An endless loop ends after
 * less than a second.
 */
export const DEFAULT_INSTRUCTION_BUDGET = 100_000_000;

/**
 * A machine that runs packet programs: with the kernel's semantics, and with every access to memory checked.
 *
 * Programs are loaded as objects and run on frames that lie in the machine's linear memory, in place.
 */
export class Vm {
  readonly #engine: Engine;
  readonly #world: MapWorld;
  readonly #maps: MapTable;

  /** @throws RangeError for no CPUs or no budget */
  constructor(options: VmOptions) {
    const { memory, cpus, clock, random, hasDevice = () => true } = options;
    const instructionBudget = options.instructionBudget ?? DEFAULT_INSTRUCTION_BUDGET;
    checkCount('CPUs', cpus, 4096);
    checkCount('instructions a run', instructionBudget, 2 ** 30);
    const regions = new RegionTable(memory.size);
    this.#maps = new MapTable(memory);
    this.#world = { memory, regions, cpus, hasDevice };
    const kernel = options.kernel ?? '6.18';
    const trace = options.trace ?? (() => {});
    this.#engine = new Engine({ memory, cpus, clock, random, kernel, trace, instructionBudget }, this.#maps, regions);
  }

  get memory(): LinearMemory {
    return this.#world.memory;
  }

  get cpus(): number {
    return this.#world.cpus;
  }

  /**
   * Makes the maps of an object and prepares its programs. All or nothing, but for the address space that maps had
   * reserved before an error.
   *
   * @throws BpfError with the kernel's errno name where the kernel would refuse, INSTRUCTION_INVALID for a malformed
   *   program, MAP_UNSUPPORTED for a map type that is not simulated
   * @throws MemoryExhaustedError where the maps do not fit the linear memory
   */
  load<P extends Programs, M extends Maps>(object: BpfObject<P, M>): VmObject<P, M> {
    checkObject(object);
    const maps = new Map<string, VmMap>();
    const descriptors = new Map<string, number>();
    for (const spec of Object.values<MapSpec>(object.maps)) {
      const map = createMap(spec, this.#world);
      maps.set(spec.name, map);
      descriptors.set(spec.name, this.#maps.add(map));
    }
    const programs = Object.fromEntries(
      Object.entries(object.programs).map(([name, spec]) => [
        name,
        new VmProgram(this.#engine, prepare(this.#engine, spec, descriptors)),
      ]),
    );
    return new VmObject(object, programs, maps, this.cpus);
  }

  /**
   * Where the packet of the last run on a CPU is to go, if its verdict was a redirect. The record is reused by the
   * next run on that CPU.
   */
  redirect(cpu: number): RedirectTarget {
    const target = this.#engine.redirects[cpu];
    if (target === undefined) throw new RangeError(`There is no CPU ${cpu}: the machine has 0 to ${this.cpus - 1}.`);
    return target;
  }

  /**
   * Runs bare instructions on some bytes: r1 is their address and r2 their number, or both are 0 without any. The
   * bytes are changed in place by what the program writes.
   *
   * @returns r0, unsigned 64 bits
   * @throws BpfError INSTRUCTION_INVALID, PROGRAM_FAULT or PROGRAM_BUDGET
   */
  execute(instructions: readonly Instruction[], bytes?: Uint8Array): bigint {
    return execute(this.#engine, instructions, bytes);
  }
}

function checkCount(what: string, count: number, most: number): void {
  if (!Number.isInteger(count) || count < 1 || count > most) {
    throw new RangeError(`A machine with ${count} ${what}: give 1 to ${most}.`);
  }
}
