import { BpfError, ERRNO, type LoadedProgram, type MapSpec, type ProgramArray } from '@hookline/bpf';
import type { PreparedProgram } from '../engine/prepared-program.ts';
import { nextIndex } from './array-map.ts';
import type { MapWorld } from './map-world.ts';
import { VmMap } from './vm-map.ts';

/** What a machine's own programs have. */
interface Runnable {
  readonly prepared: PreparedProgram;
}

/** BPF_MAP_TYPE_PROG_ARRAY (kernel/bpf/arraymap.c): what tail calls choose from. All its programs are of one type. */
export class ProgramArrayMap extends VmMap {
  readonly #programs: (PreparedProgram | undefined)[];
  readonly handle: ProgramArray;

  constructor(spec: MapSpec, world: MapWorld) {
    super(spec, world, 0);
    this.#programs = [];
    this.handle = {
      spec,
      set: (index, program) => this.#set(index, program),
      delete: (index) => this.#remove(index),
    };
  }

  override programAt(index: number): PreparedProgram | undefined {
    return this.#programs[index];
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
    const other = this.#programs.find((entry) => entry !== undefined);
    if (prepared === undefined || (other !== undefined && other.spec.type !== prepared.spec.type)) {
      throw new BpfError(
        'EINVAL',
        `Map ${this.spec.name} cannot hold program ${program.spec.name}: it must be loaded into the same machine, and ` +
          `be of the type of the others${other === undefined ? '' : ` (${other.spec.type})`}.`,
        { map: this.spec.name, program: program.spec.name },
      );
    }
    this.#programs[index] = prepared;
  }

  #remove(index: number): boolean {
    this.#check(index);
    const existed = this.#programs[index] !== undefined;
    this.#programs[index] = undefined;
    return existed;
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
