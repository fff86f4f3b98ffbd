import {
  BpfError,
  ERRNO,
  type LoadedProgram,
  type MapSpec,
  type ProgramArray,
  type ProgramSpec,
  type ProgramType,
} from '@hookline/bpf';
import type { PreparedProgram } from '../prepare/prepared-program.ts';
import { nextIndex } from './array-map.ts';
import type { MapWorld } from './map-world.ts';
import { VmMap } from './vm-map.ts';

/** What a machine's own programs have. */
interface Runnable {
  readonly prepared: PreparedProgram;
}

/**
 * BPF_MAP_TYPE_PROG_ARRAY (kernel/bpf/arraymap.c): what tail calls choose from. The programs that use it and those in
 * it are all of one type, that of the first (`__bpf_prog_map_compatible` in kernel/bpf/core.c).
 */
export class ProgramArrayMap extends VmMap {
  readonly #programs = new Map<number, PreparedProgram>();
  #type: ProgramType | undefined;
  readonly handle: ProgramArray;

  constructor(spec: MapSpec, world: MapWorld) {
    super(spec, world, 0);
    this.handle = {
      spec,
      set: (index, program) => this.#set(index, program),
      delete: (index) => this.#remove(index),
    };
  }

  override programAt(index: number): PreparedProgram | undefined {
    return this.#programs.get(index);
  }

  /**
   * Takes a program that uses the map, or that is to be in it.
   *
   * @throws BpfError EINVAL where it is of another type than the first one
   */
  admit({ name, type }: ProgramSpec): void {
    this.#type ??= type;
    if (type === this.#type) return;
    throw new BpfError(
      'EINVAL',
      `Map ${this.spec.name} is for programs of type ${this.#type}, and ${name} is ${type}: give it a map of its own.`,
      { map: this.spec.name, program: name },
    );
  }

  override deleteElement(): number {
    return -ERRNO.EINVAL;
  }

  override nextKey(key: Uint8Array | undefined): Uint8Array | undefined {
    return nextIndex(key, this.spec.maxEntries);
  }

  #set(index: number, program: LoadedProgram): void {
    this.#check(index);
    const { prepared } = program as Partial<Runnable>;
    if (prepared === undefined || prepared.engine.regions !== this.world.regions) {
      throw new BpfError(
        'EINVAL',
        `Map ${this.spec.name} cannot hold program ${program.spec.name}: load its object into the same machine.`,
        { map: this.spec.name, program: program.spec.name },
      );
    }
    this.admit(prepared.spec);
    this.#programs.set(index, prepared);
  }

  #remove(index: number): boolean {
    this.#check(index);
    return this.#programs.delete(index);
  }

  #check(index: number): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.spec.maxEntries) {
      throw new BpfError(
        'E2BIG',
        `Map ${this.spec.name} has no entry ${index}: give 0 to ${this.spec.maxEntries - 1}.`,
        {
          map: this.spec.name,
        },
      );
    }
  }
}
