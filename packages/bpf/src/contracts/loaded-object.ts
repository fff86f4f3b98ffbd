import type { BpfObject, Maps, Programs } from '../object/bpf-object.ts';
import type { MapSpec } from '../object/map-spec.ts';
import type { ProgramSpec, ProgramType } from '../object/program-spec.ts';
import type { MapOf } from './bpf-map.ts';

/**
 * Context fields by their kernel names in camelCase (`struct xdp_md`, `struct __sk_buff`): `ingressIfindex`,
 * `rxQueueIndex`, `mark`, ... Pointers (`data`, `dataEnd`, `dataMeta`) are offsets from the first byte given to the
 * program, metadata included.
 */
export type ContextFields = Readonly<Record<string, number>>;

export interface TestRunOptions {
  /** What the context holds before the run; fields that are not named are as the kernel's test run sets them. */
  readonly context?: ContextFields;
  /** How often to run; the packet is not reset between runs. Default 1. */
  readonly repeat?: number;
}

export interface TestRunResult {
  /** The low 32 bits of r0, unsigned, as the program left them. */
  readonly verdict: number;
  /** The frame after the (last) run, from `data` on, without metadata. */
  readonly frame: Uint8Array;
  readonly context: ContextFields;
  /** Wall time of one run, averaged over `repeat`, in nanoseconds. */
  readonly nanoseconds: number;
}

export interface LoadedProgram<T extends ProgramType = ProgramType> {
  readonly spec: ProgramSpec<T>;
  /**
   * Runs the program once on a frame, away from any device, as BPF_PROG_TEST_RUN does.
   *
   * @param frame from the destination MAC address on, without FCS; at least 14 bytes
   */
  testRun(frame: Uint8Array, options?: TestRunOptions): TestRunResult;
}

/** An object that was loaded into one of the two worlds. Disposing of it releases what is not attached. */
export interface LoadedObject<P extends Programs = Programs, M extends Maps = Maps> extends Disposable {
  readonly object: BpfObject<P, M>;
  readonly programs: { readonly [N in keyof P]: LoadedProgram<P[N]['type']> };
  readonly maps: { readonly [N in keyof M]: MapOf<M[N]> };
  /**
   * The same by definition instead of by name in the object: the map that has the definition's own name.
   *
   * @throws BpfError ENOENT where this object has no such map, EINVAL where type, key size or value size differ
   */
  map<S extends MapSpec>(spec: S): MapOf<S>;
}
