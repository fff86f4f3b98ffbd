import type { Js, Layout } from '@hookline/layout';
import type { MapSpec } from '../object/map-spec.ts';
import type { LoadedProgram } from './loaded-object.ts';

/** `create` fails where the key exists (EEXIST), `replace` where it does not (ENOENT). */
export type UpdateMode = 'any' | 'create' | 'replace';

/**
 * The control plane's side of a map with keys. Values are copies. `V` of a per-CPU map is an array with one value for
 * each possible CPU.
 *
 * Every call throws a `BpfError` with the kernel's errno name where the kernel would refuse (E2BIG for a full hash,
 * ENOENT, EEXIST, EINVAL, EPERM for a frozen map), and a `LayoutError` for a key or value that does not fit.
 */
export interface BpfMap<K = unknown, V = unknown> extends Iterable<readonly [K, V]> {
  readonly spec: MapSpec;
  get(key: K): V | undefined;
  set(key: K, value: V, mode?: UpdateMode): void;
  /** Whether there was something to delete. */
  delete(key: K): boolean;
  /** In no order, except for arrays; entries that come or go meanwhile may or may not be seen, none is seen twice. */
  entries(): IterableIterator<readonly [K, V]>;
  keys(): IterableIterator<K>;
}

/** A queue or a stack. */
export interface BpfQueue<V = unknown> {
  readonly spec: MapSpec;
  /** Throws E2BIG when full; `replaceOldest` drops the oldest instead (BPF_EXIST). */
  push(value: V, options?: { readonly replaceOldest?: boolean }): void;
  pop(): V | undefined;
  peek(): V | undefined;
}

/** A ring buffer, or the rings of a perf event array: records in the order in which they were submitted. */
export interface BpfEvents<V = unknown> {
  readonly spec: MapSpec;
  /** Takes what is there now. A record longer than the layout is cut to it, a shorter one ends in zeros. */
  drain(): V[];
  /** The same as the bytes that the program wrote. */
  drainBytes(): Uint8Array[];
  /** Records lost because there was no room. The kernel does not tell it for ring buffers: 0 there. */
  readonly lost: number;
}

/** What a tail call chooses from. */
export interface ProgramArray {
  readonly spec: MapSpec;
  set(index: number, program: LoadedProgram): void;
  delete(index: number): boolean;
}

/** The control plane's side of a map, by its definition. */
export type MapOf<M> =
  M extends MapSpec<infer K, infer V, infer S, infer T>
    ? [T] extends ['ringbuf' | 'perf_event_array']
      ? BpfEvents<Js<V>>
      : [T] extends ['queue' | 'stack']
        ? BpfQueue<Js<V>>
        : [T] extends ['prog_array']
          ? ProgramArray
          : BpfMap<Js<K>, [S] extends ['own'] ? readonly Js<V>[] : Js<V>>
    : never;

/** A map whose definition is not known to TypeScript. */
export type AnyMap = MapOf<MapSpec<Layout, Layout>> | BpfEvents | BpfQueue | ProgramArray;
