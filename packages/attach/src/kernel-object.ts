import {
  type AnyMap,
  type BpfObject,
  findHandle,
  type LoadedObject,
  type LoadedProgram,
  type MapOf,
  type MapSpec,
  type Maps,
  type Programs,
} from '@hookline/bpf';
import type { KernelMap } from './maps/kernel-map.ts';
import type { KernelProgram } from './programs/kernel-program.ts';

/** What the kernel holds of an object: file descriptors of its maps and programs, closed together. */
export class KernelObject<P extends Programs = Programs, M extends Maps = Maps> implements LoadedObject<P, M> {
  readonly object: BpfObject<P, M>;
  readonly programs: LoadedObject<P, M>['programs'];
  readonly maps: LoadedObject<P, M>['maps'];
  readonly #owned: readonly Disposable[];
  readonly #owner: Set<Disposable>;
  readonly #handles: ReadonlyMap<string, AnyMap>;

  /**
   * @param parts programs under their names in the object; typed handles and the maps behind them by `MapSpec.name`;
   *   what the object leaves when it is disposed of
   */
  constructor(
    object: BpfObject<P, M>,
    parts: {
      readonly programs: ReadonlyMap<string, KernelProgram>;
      readonly maps: readonly KernelMap[];
      readonly handles: ReadonlyMap<string, AnyMap>;
      readonly owner: Set<Disposable>;
    },
  ) {
    this.object = object;
    this.#owned = [...parts.programs.values(), ...parts.maps];
    this.#owner = parts.owner;
    this.#handles = parts.handles;
    const programs: Readonly<Record<string, LoadedProgram>> = Object.fromEntries(parts.programs);
    this.programs = programs as LoadedObject<P, M>['programs'];
    const maps = Object.fromEntries(Object.entries(object.maps).map(([key, spec]) => [key, this.map(spec)]));
    this.maps = maps as LoadedObject<P, M>['maps'];
  }

  map<S extends MapSpec>(spec: S): MapOf<S> {
    return findHandle(this.#handles, spec);
  }

  [Symbol.dispose](): void {
    for (const owned of this.#owned) owned[Symbol.dispose]();
    this.#owner.delete(this);
  }
}
