import { type LoadedProgram, type MapSpec, type ProgramArray, UPDATE_FLAGS } from '@hookline/bpf';
import { encode, u32 } from '@hookline/layout';
import { kernelProgram } from '../programs/kernel-program.ts';
import type { KernelMap } from './kernel-map.ts';

/**
 * What a tail call chooses from. The kernel empties it when its last file descriptor is closed, so it has to stay
 * loaded for as long as a program that jumps through it runs.
 */
export class KernelProgramArray implements ProgramArray {
  readonly #map: KernelMap;

  constructor(map: KernelMap) {
    this.#map = map;
  }

  get spec(): MapSpec {
    return this.#map.spec;
  }

  set(index: number, program: LoadedProgram): void {
    this.#map.update(encode(u32, index), encode(u32, kernelProgram(program).fd), UPDATE_FLAGS.any);
  }

  delete(index: number): boolean {
    return this.#map.delete(encode(u32, index));
  }
}
