import {
  type AnyMap,
  type BpfObject,
  findHandle,
  type LoadedObject,
  type MapOf,
  type MapSpec,
  type Maps,
  type Programs,
  typedMap,
} from '@hookline/bpf';
import { ProgramArrayMap } from './maps/program-array-map.ts';
import type { VmMap } from './maps/vm-map.ts';
import type { VmProgram } from './vm-program.ts';

/** An object that was loaded into a machine. Its maps live as long as the machine. */
export class VmObject<P extends Programs = Programs, M extends Maps = Maps> implements LoadedObject<P, M> {
  readonly object: BpfObject<P, M>;
  readonly programs: { readonly [N in keyof P]: VmProgram<P[N]['type']> };
  readonly maps: { readonly [N in keyof M]: MapOf<M[N]> };
  readonly #raw: ReadonlyMap<string, VmMap>;
  readonly #handles: ReadonlyMap<string, AnyMap>;

  constructor(
    object: BpfObject<P, M>,
    programs: Readonly<Record<string, VmProgram>>,
    raw: ReadonlyMap<string, VmMap>,
    cpus: number,
  ) {
    this.object = object;
    this.#raw = raw;
    const handles = new Map<string, AnyMap>();
    for (const map of raw.values()) {
      const { spec } = map;
      handles.set(spec.name, map instanceof ProgramArrayMap ? map.handle : typedMap(spec, map, cpus));
    }
    this.#handles = handles;
    this.programs = programs as typeof this.programs;
    this.maps = Object.fromEntries(
      Object.entries<MapSpec>(object.maps).map(([name, spec]) => [name, handles.get(spec.name)]),
    ) as typeof this.maps;
  }

  map<S extends MapSpec>(spec: S): MapOf<S> {
    return findHandle(this.#handles, spec);
  }

  /** A map as the machine has it, bytes and all, by `MapSpec.name`. */
  rawMap(name: string): VmMap | undefined {
    return this.#raw.get(name);
  }

  /** Nothing to release: the memory goes with the machine. */
  [Symbol.dispose](): void {}
}
