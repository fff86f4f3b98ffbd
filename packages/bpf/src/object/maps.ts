import { type Bytes, bytes, encode, type Js, type Layout, type Scalar, u32 } from '@hookline/layout';
import { MAP_TYPES } from '../tables/map-types.ts';
import { checkMap } from './check-map.ts';
import type { MapSpec, MapType, Sharing } from './map-spec.ts';

interface CommonOptions {
  /** BPF_F_* flags (`MAP_FLAGS`), besides those that the type must have. */
  readonly flags?: number;
  /** User space cannot write it after load. */
  readonly frozen?: boolean;
}

export interface KeyedOptions<K extends Layout, V extends Layout> extends CommonOptions {
  readonly key: K;
  readonly value: V;
  readonly maxEntries: number;
  /** What it holds from the start; of a per-CPU map the value of every CPU. */
  readonly contents?: readonly (readonly [key: Js<NoInfer<K>>, value: Js<NoInfer<V>>])[];
}

export type IndexedOptions<V extends Layout> = Omit<KeyedOptions<Scalar<'u32'>, V>, 'key'>;

export interface ListOptions<V extends Layout> extends CommonOptions {
  readonly value: V;
  readonly maxEntries: number;
}

export interface RingOptions<V extends Layout> extends CommonOptions {
  /** One record. */
  readonly value: V;
  /** Bytes, a power of two and a multiple of 4096. */
  readonly size: number;
}

export interface ReferenceOptions extends CommonOptions {
  readonly maxEntries: number;
}

export interface OuterOptions extends ReferenceOptions {
  /** What each map in it is like. */
  readonly inner: MapSpec;
}

/** Options of any map, after each constructor has said what it leaves open. */
interface Definition<K extends Layout, V extends Layout> extends KeyedOptions<K, V> {
  readonly inner?: MapSpec;
}

function define<K extends Layout, V extends Layout, S extends Sharing, T extends MapType>(
  type: T,
  sharing: S,
  name: string,
  { key, value, maxEntries, flags = 0, contents, frozen, inner }: Definition<K, V>,
): MapSpec<K, V, S, T> {
  const spec: MapSpec<K, V, S, T> = {
    kind: 'map',
    name,
    type,
    key,
    value,
    sharing,
    maxEntries,
    flags: flags | MAP_TYPES[type].requiredFlags,
    ...(contents && { contents: contents.map(([k, v]) => [encode(key, k), encode(value, v)] as const) }),
    ...(frozen !== undefined && { frozen }),
    ...(inner && { inner }),
  };
  checkMap(spec);
  return spec;
}

const NO_KEY: Bytes = bytes(0);

type KeyedMaker<S extends Sharing, T extends MapType> = <const K extends Layout, const V extends Layout>(
  name: string,
  options: KeyedOptions<K, V>,
) => MapSpec<K, V, S, T>;
type IndexedMaker<S extends Sharing, T extends MapType> = <const V extends Layout>(
  name: string,
  options: IndexedOptions<V>,
) => MapSpec<Scalar<'u32'>, V, S, T>;
type ListMaker<T extends MapType> = <const V extends Layout>(
  name: string,
  options: ListOptions<V>,
) => MapSpec<Bytes, V, 'shared', T>;
type ReferenceMaker<T extends MapType> = (
  name: string,
  options: ReferenceOptions,
) => MapSpec<Scalar<'u32'>, Scalar<'u32'>, 'shared', T>;

function keyed<S extends Sharing, T extends MapType>(type: T, sharing: S): KeyedMaker<S, T> {
  return (name, options) => define(type, sharing, name, options);
}

function indexed<S extends Sharing, T extends MapType>(type: T, sharing: S): IndexedMaker<S, T> {
  return (name, options) => define(type, sharing, name, { ...options, key: u32 });
}

function list<T extends MapType>(type: T): ListMaker<T> {
  return (name, options) => define(type, 'shared', name, { ...options, key: NO_KEY });
}

function references<T extends MapType>(type: T): ReferenceMaker<T> {
  return (name, options) => define(type, 'shared', name, { ...options, key: u32, value: u32 });
}

/*
 * Constructors of map definitions. Each checks at once and throws a BpfError MAP_INVALID that names the map: names of
 * 1 to 15 characters `[A-Za-z0-9_.]`, sizes and flags that the type takes.
 */

/** Any key, one value for all CPUs. */
export const hash = keyed('hash', 'shared');
/** A hash with a value for each CPU. */
export const perCpuHash = keyed('percpu_hash', 'own');
/** A hash that evicts the least recently used when it is full. */
export const lruHash = keyed('lru_hash', 'shared');
export const lruPerCpuHash = keyed('lru_percpu_hash', 'own');
/** Longest-prefix match: the key is a length in bits (u32) and the bytes that it counts, like `ipv4Prefix`. */
export const lpmTrie = keyed('lpm_trie', 'shared');
/** Values 0 to `maxEntries - 1`, all there from the start, zero. */
export const array = indexed('array', 'shared');
/** An array with a value for each CPU. */
export const perCpuArray = indexed('percpu_array', 'own');
/** First in, first out. */
export const queue = list('queue');
/** Last in, first out. */
export const stack = list('stack');
/** Programs to tail-call. */
export const programArray = references('prog_array');
/** Interface indices to redirect to. */
export const devmap = references('devmap');
/** The same with any u32 as key. */
export const devmapHash = references('devmap_hash');
/** Queue lengths of the CPUs to redirect to. */
export const cpumap = references('cpumap');
/** AF_XDP sockets to redirect to. */
export const xskmap = references('xskmap');

/** Records to user space, from all CPUs in order. */
export function ringBuffer<const V extends Layout>(
  name: string,
  { size, ...options }: RingOptions<V>,
): MapSpec<Bytes, V, 'shared', 'ringbuf'> {
  return define('ringbuf', 'shared', name, { ...options, key: NO_KEY, maxEntries: size });
}

/** Records to user space, a ring for each CPU. `maxEntries` 0, the default, is as many rings as there are CPUs. */
export function perfEventArray<const V extends Layout>(
  name: string,
  options: CommonOptions & { readonly value: V; readonly maxEntries?: number },
): MapSpec<Scalar<'u32'>, V, 'shared', 'perf_event_array'> {
  return define('perf_event_array', 'shared', name, { maxEntries: 0, ...options, key: u32 });
}

/** Maps by index. */
export function arrayOfMaps(
  name: string,
  options: OuterOptions,
): MapSpec<Scalar<'u32'>, Scalar<'u32'>, 'shared', 'array_of_maps'> {
  return define('array_of_maps', 'shared', name, { ...options, key: u32, value: u32 });
}

/** Maps by any key. */
export function hashOfMaps<const K extends Layout>(
  name: string,
  options: OuterOptions & { readonly key: K },
): MapSpec<K, Scalar<'u32'>, 'shared', 'hash_of_maps'> {
  return define('hash_of_maps', 'shared', name, { ...options, value: u32 });
}
