import type { MapSpec, MapType, Sharing, UpdateMode } from '@hookline/bpf';
import type { Bytes, Layout, Scalar } from '@hookline/layout';
import type { AnyVerdict, Maybe, Operand, Place, Result, Source, Verdict } from './types.ts';

/*
 * Maps as programs see them. Each is at once the definition (`MapSpec`) that an object, a loader and the control plane
 * take, and the operations that the body of a program may call.
 *
 * Operations that can fail give 0 or a negative error number of the kernel; to ignore it is no error.
 */

/** A map with keys: hashes, arrays and longest-prefix matches. */
export interface KeyedMap<K extends Layout, V extends Layout, S extends Sharing, T extends MapType>
  extends MapSpec<K, V, S, T> {
  /** The value of a key, in place. A longest-prefix match also takes an address. */
  lookup(key: Source<K>): Maybe<Place<V, S>>;
  /** Puts a value in. `create` fails where the key exists, `replace` where it does not. */
  update(key: Source<K>, value: Source<V>, mode?: UpdateMode): Result;
  delete(key: Source<K>): Result;
}

/** A queue (first in, first out) or a stack (last in, first out). */
export interface ListMap<V extends Layout, T extends MapType> extends MapSpec<Bytes, V, 'shared', T> {
  /** @param options `replaceOldest` makes room in a full one */
  push(value: Source<V>, options?: { readonly replaceOldest?: boolean }): Result;
  /** Takes the next value out; missing where there is none. */
  pop(): Maybe<Place<V>>;
  /** The next value, which stays. */
  peek(): Maybe<Place<V>>;
}

/** Records to user space. */
export interface EventsMap<K extends Layout, V extends Layout, T extends MapType> extends MapSpec<K, V, 'shared', T> {
  /** Writes one record; it is lost where there is no room. */
  emit(record: Source<V>): void;
}

/** Programs by index. */
export interface ProgramArrayMap extends MapSpec<Scalar<'u32'>, Scalar<'u32'>, 'shared', 'prog_array'> {
  /** Goes on in another program and never comes back; where there is none, what follows here runs. */
  tailCall(index: Operand<'u32'>): void;
}

/** Where XDP can send packets: interfaces, CPUs or AF_XDP sockets. */
export interface RedirectMap<T extends MapType> extends MapSpec<Scalar<'u32'>, Scalar<'u32'>, 'shared', T> {
  /**
   * Sends the packet to what the map has for this key.
   *
   * @param fallback the verdict where it has nothing, one of XDP.ABORTED (the default), DROP, PASS and XDP.TX
   */
  redirect(key: Operand<'u32'>, fallback?: AnyVerdict): Verdict<'xdp'>;
}
