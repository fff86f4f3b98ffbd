import type { BpfObject, MapSpec, ProgramSpec } from '@hookline/bpf';
import { BuildError } from '../build-error.ts';
import { isProgram, type Program, type TypeOfHook } from './program.ts';

/** The programs of a record, as they are in an object. */
export type ProgramsOf<M> = {
  readonly [N in keyof M as M[N] extends Program ? N & string : never]: M[N] extends Program<infer H>
    ? ProgramSpec<TypeOfHook<H>>
    : never;
};
/** The maps of a record. */
export type MapsOf<M> = {
  readonly [N in keyof M as M[N] extends MapSpec ? N & string : never]: M[N] extends MapSpec ? M[N] : never;
};

/** The version of programs that this package knows. */
const VERSION = 1;

function isMap(value: unknown): value is MapSpec {
  return typeof value === 'object' && value !== null && (value as Partial<MapSpec>).kind === 'map';
}

/**
 * Takes the programs and maps out of any record, `bpfObject({ firewall, denied })`, or out of a module,
 * `bpfObject(await import('./edge.ts'))`; everything else in it is left alone. The bodies of the programs run here. A map
 * that a program uses is in the object in any case, under its own name if the record does not have it.
 *
 * @throws BuildError at the author's line
 */
export function bpfObject<const M extends object>(members: M): BpfObject<ProgramsOf<M>, MapsOf<M>> {
  const programs: Record<string, ProgramSpec> = {};
  const maps: Record<string, MapSpec> = {};
  const byName = new Map<string, MapSpec>();
  const addMap = (key: string, spec: MapSpec): void => {
    const known = byName.get(spec.name);
    if (known && known !== spec) {
      throw new BuildError(
        'BUILD_NAME',
        `Two maps are called '${spec.name}': rename one, both to the kernel and in the object.`,
        undefined,
      );
    }
    if (known && !Object.hasOwn(members, key)) return;
    byName.set(spec.name, spec);
    if (!known || !Object.values(maps).includes(spec)) maps[key] = spec;
  };
  const used: MapSpec[] = [];
  for (const [key, member] of Object.entries(members)) {
    if (isMap(member)) addMap(key, member);
    else if (isProgram(member)) {
      if (member.version !== VERSION) {
        throw new BuildError(
          'BUILD_VALUE',
          `'${key}' was made by another version of the builder (${String(member.version)}, not ${VERSION}): install one version for both.`,
          undefined,
        );
      }
      const built = member.build();
      programs[key] = built.spec;
      used.push(...built.maps);
    }
  }
  for (const spec of used) addMap(spec.name, spec);
  return { kind: 'object', programs, maps } as unknown as BpfObject<ProgramsOf<M>, MapsOf<M>>;
}
