import {
  type AnyMap,
  type BpfObject,
  checkObject,
  encode,
  isPerCpu,
  type LinkedImmediate,
  linkProgram,
  type MapReference,
  type MapSpec,
  type Maps,
  type ProgramSpec,
  type Programs,
  PSEUDO,
  programBtf,
  typedMap,
  UPDATE_FLAGS,
  valueStride,
} from '@hookline/bpf';
import { loadBtf } from './btf/load-btf.ts';
import { type SourceLine, sourceLines } from './btf/source-lines.ts';
import { KernelObject } from './kernel-object.ts';
import { createMap, freezeMap } from './maps/create-map.ts';
import { KernelMap } from './maps/kernel-map.ts';
import { KernelProgramArray } from './maps/program-array.ts';
import { openReader } from './maps/readers.ts';
import { KernelProgram } from './programs/kernel-program.ts';
import { loadProgram } from './programs/load-program.ts';
import { possibleCpus } from './syscall/possible-cpus.ts';

/** Of a per-CPU map, the value of every CPU; of the others the value itself. */
function initialValue(spec: MapSpec, value: Uint8Array, cpus: number): Uint8Array {
  if (!isPerCpu(spec)) return value;
  const stride = valueStride(spec);
  const values = new Uint8Array(stride * cpus);
  for (let cpu = 0; cpu < cpus; cpu++) values.set(value, cpu * stride);
  return values;
}

function loadMap(spec: MapSpec, cpus: number): KernelMap {
  const { fd, shape } = createMap(spec, cpus);
  const map = new KernelMap(spec, fd, { shape, cpus });
  try {
    for (const [key, value] of spec.contents ?? []) map.update(key, initialValue(spec, value, cpus), UPDATE_FLAGS.any);
    // Before the first record: without a reader a perf event array refuses them (ENOENT).
    const reader = openReader(map, cpus);
    if (reader !== undefined) map.listen(reader);
    if (spec.frozen) freezeMap(spec, fd);
  } catch (error) {
    map[Symbol.dispose]();
    throw error;
  }
  return map;
}

function resolver(maps: ReadonlyMap<string, KernelMap>) {
  return ({ kind, name, offset }: MapReference): LinkedImmediate => {
    // `checkObject` has seen to it that the object holds every map that its programs refer to.
    const map = maps.get(name) as KernelMap;
    return kind === 'map'
      ? { low: map.fd, high: 0, pseudoSource: PSEUDO.mapFd }
      : { low: map.fd, high: offset, pseudoSource: PSEUDO.mapValue };
  };
}

function loadTyped(spec: ProgramSpec, code: Uint8Array, sourceLine: SourceLine): KernelProgram {
  const btf = programBtf(spec, { sourceLine });
  const fd = loadBtf(btf.btf, `program '${spec.name}'`, { program: spec.name });
  try {
    return new KernelProgram(spec, loadProgram({ spec, code, types: { btf, fd } }));
  } finally {
    fd[Symbol.dispose]();
  }
}

function handleOf(map: KernelMap, cpus: number): AnyMap {
  return map.spec.type === 'prog_array' ? new KernelProgramArray(map) : typedMap<MapSpec>(map.spec, map, cpus);
}

/**
 * Makes an object's maps, fills and freezes them, and loads its programs. Either all of it is in the kernel afterwards,
 * or nothing.
 *
 * @param owner what the object leaves when it is disposed of
 * @throws BpfError with the kernel's errno, or what `checkObject` finds before the kernel is asked; VerifierError for a program that the verifier refuses
 */
export function loadObject<P extends Programs, M extends Maps>(
  object: BpfObject<P, M>,
  owner: Set<Disposable>,
): KernelObject<P, M> {
  checkObject(object);
  const cpus = possibleCpus();
  const maps = new Map<string, KernelMap>();
  const programs = new Map<string, KernelProgram>();
  try {
    for (const spec of Object.values(object.maps)) maps.set(spec.name, loadMap(spec, cpus));
    const resolve = resolver(maps);
    const sourceLine = sourceLines();
    for (const [key, spec] of Object.entries(object.programs)) {
      programs.set(key, loadTyped(spec, encode(linkProgram(spec, resolve)), sourceLine));
    }
    const handles = new Map([...maps].map(([name, map]) => [name, handleOf(map, cpus)]));
    return new KernelObject(object, { programs, maps: [...maps.values()], handles, owner });
  } catch (error) {
    for (const loaded of [...programs.values(), ...maps.values()]) loaded[Symbol.dispose]();
    throw error;
  }
}
