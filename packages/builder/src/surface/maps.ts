import {
  array as arraySpec,
  BpfError,
  cpumap as cpumapSpec,
  devmapHash as devmapHashSpec,
  devmap as devmapSpec,
  HELPER_FLAGS,
  HELPERS,
  hash as hashSpec,
  type IndexedOptions,
  type KeyedOptions,
  type ListOptions,
  lpmTrie as lpmTrieSpec,
  lruHash as lruHashSpec,
  lruPerCpuHash as lruPerCpuHashSpec,
  type MapSpec,
  type MapType,
  perCpuArray as perCpuArraySpec,
  perCpuHash as perCpuHashSpec,
  perfEventArray as perfEventArraySpec,
  programArray as programArraySpec,
  queue as queueSpec,
  type ReferenceOptions,
  type RingOptions,
  ringBuffer as ringBufferSpec,
  type Sharing,
  stack as stackSpec,
  UPDATE_FLAGS,
  type UpdateMode,
  xskmap as xskmapSpec,
} from '@hookline/bpf';
import type { Bytes, Layout, Scalar } from '@hookline/layout';
import { BuildError } from '../build-error.ts';
import { constant, type Source, type Value } from '../ir/operation.ts';
import { type BuildContext, enter } from './context.ts';
import { type AnyOperand, given, INTEGER_TYPES, read } from './integer.ts';
import type { EventsMap, KeyedMap, ListMap, ProgramArrayMap, RedirectMap } from './map-types.ts';
import { maybe, maybeAt } from './maybe.ts';
import { type Memory, newArea } from './memory.ts';
import { contextOf } from './packet/access.ts';
import { placeOf } from './place.ts';
import { captureOrigin } from './position.ts';
import type { Maybe, Result } from './types.ts';
import { dynamicVerdict, fallbackCode } from './verdict.ts';
import { onStack, writeWhole } from './write.ts';

/** The map as a parameter of a helper, which brings it into the object. */
function reference(context: BuildContext, spec: MapSpec): Source {
  const { maps } = context.program;
  const known = maps.get(spec.name);
  if (known && known !== spec) {
    context.fail('BUILD_NAME', `Two maps are called '${spec.name}': rename one of them.`);
  }
  maps.set(spec.name, spec);
  return { kind: 'map', reference: { kind: 'map', name: spec.name, offset: 0 } };
}

function addressOf(memory: Memory): Source {
  return { kind: 'address', area: memory.base, offset: memory.offset };
}

/** A value on the stack, where helpers read it. */
function argument(context: BuildContext, layout: Layout, value: unknown): Source {
  return addressOf(onStack(context, layout, value));
}

/** Memory that a program has found in a map or on its stack, for as long as the branch that found it. */
function foundMemory(context: BuildContext, base: Value, sharing: Sharing): Memory {
  const { region } = context;
  return {
    base,
    offset: 0,
    alignment: 8,
    sharing,
    check(now) {
      if (now !== context || !region.encloses(now.region)) {
        now.fail(
          'BUILD_SCOPE',
          'This map value was found in another branch: look it up here too, or before the branch.',
        );
      }
    },
  };
}

/** What a helper answers, 0 or an error number. */
function resultOf(context: BuildContext, helper: number, parameters: readonly Source[]): Result {
  return given(context, context.call(helper, parameters), 'i64') as Result;
}

type Methods = Readonly<Record<string, (...given: never[]) => unknown>>;

/** The operations stay out of sight of whatever compares or serialises the definition. */
function withMethods<T>(spec: MapSpec, methods: Methods): T {
  const map = { ...spec };
  for (const [name, value] of Object.entries(methods)) Object.defineProperty(map, name, { value });
  return map as unknown as T;
}

function keyedMethods(self: () => MapSpec): Methods {
  return {
    lookup(key: unknown): Maybe<unknown> {
      const context = enter();
      const spec = self();
      const map = reference(context, spec);
      const pointer = context.call(HELPERS.map_lookup_elem.id, [map, argument(context, spec.key, key)]);
      return maybeAt(context, pointer, (now) => placeOf(foundMemory(now, pointer, spec.sharing), spec.value));
    },
    update(key: unknown, value: unknown, mode: UpdateMode = 'any'): Result {
      const context = enter();
      const spec = self();
      const parameters = [
        reference(context, spec),
        argument(context, spec.key, key),
        argument(context, spec.value, value),
        constant(UPDATE_FLAGS[mode]),
      ];
      context.effects++;
      return resultOf(context, HELPERS.map_update_elem.id, parameters);
    },
    delete(key: unknown): Result {
      const context = enter();
      const spec = self();
      const parameters = [reference(context, spec), argument(context, spec.key, key)];
      context.effects++;
      return resultOf(context, HELPERS.map_delete_elem.id, parameters);
    },
  };
}

function listMethods(self: () => MapSpec): Methods {
  const take = (helper: number): Maybe<unknown> => {
    const context = enter();
    const spec = self();
    const area = newArea(context, spec.value.size);
    const result = context.call(helper, [reference(context, spec), addressOf(area)]);
    return maybe(context, {
      probe: (now, miss) => {
        now.fn.require({ operator: 'eq', left: result, right: constant(0) }, miss);
        return placeOf(foundMemory(now, area.base, 'own'), spec.value);
      },
    });
  };
  return {
    push(value: unknown, options: { readonly replaceOldest?: boolean } = {}): Result {
      const context = enter();
      const spec = self();
      const flags = constant(options.replaceOldest ? UPDATE_FLAGS.replace : UPDATE_FLAGS.any);
      const parameters = [reference(context, spec), argument(context, spec.value, value), flags];
      context.effects++;
      return resultOf(context, HELPERS.map_push_elem.id, parameters);
    },
    pop: () => take(HELPERS.map_pop_elem.id),
    peek: () => take(HELPERS.map_peek_elem.id),
  };
}

function ringMethods(self: () => MapSpec): Methods {
  return {
    emit(record: unknown): void {
      const context = enter();
      const { fn } = context;
      const spec = self();
      const { layout, size } = { layout: spec.value, size: spec.value.size };
      context.effects++;
      // Reserved in the ring itself: a record may be larger than the stack.
      const parameters = [reference(context, spec), constant(size), constant(0)];
      const pointer = context.call(HELPERS.ringbuf_reserve.id, parameters);
      const full = fn.block();
      fn.refuse({ operator: 'eq', left: pointer, right: constant(0), pointer: true }, full);
      context.inside(() => {
        writeWhole(context, foundMemory(context, pointer, 'own'), layout, record);
        context.call(HELPERS.ringbuf_submit.id, [pointer, constant(0)]);
      });
      fn.jump(full);
      fn.place(full);
    },
  };
}

function perfMethods(self: () => MapSpec): Methods {
  return {
    emit(record: unknown): void {
      const context = enter();
      const spec = self();
      const map = reference(context, spec);
      context.effects++;
      context.call(HELPERS.perf_event_output.id, [
        contextOf(context),
        map,
        constant(HELPER_FLAGS.CURRENT_CPU),
        argument(context, spec.value, record),
        constant(spec.value.size),
      ]);
    },
  };
}

function programMethods(self: () => MapSpec): Methods {
  return {
    tailCall(index: AnyOperand): void {
      const context = enter();
      const parameter = read(context, index, INTEGER_TYPES.u32);
      context.effects++;
      context.call(HELPERS.tail_call.id, [contextOf(context), reference(context, self()), parameter]);
      context.move();
    },
  };
}

function redirectMethods(self: () => MapSpec): Methods {
  return {
    redirect(key: AnyOperand, fallback?: never): unknown {
      const context = enter();
      if (context.program.hook !== 'xdp') {
        context.fail('BUILD_VERDICT', 'Only XDP redirects through a map: in TC use redirect(interface).');
      }
      const code = fallbackCode(context, fallback);
      const parameters = [reference(context, self()), read(context, key, INTEGER_TYPES.u32), constant(code)];
      context.effects++;
      return dynamicVerdict(
        context,
        ['xdp'],
        `${self().name}.redirect`,
        context.call(HELPERS.redirect_map.id, parameters),
      );
    },
  };
}

/** A definition that does not hold fails at the author's line. */
function defined<T>(define: () => MapSpec, methods: (self: () => MapSpec) => Methods): T {
  const origin = captureOrigin();
  try {
    const map: MapSpec = withMethods(
      define(),
      methods(() => map),
    );
    return map as unknown as T;
  } catch (error) {
    if (error instanceof BpfError) throw new BuildError('BUILD_NAME', error.message, origin.position);
    throw error;
  }
}

type Keyed<S extends Sharing, T extends MapType> = <const K extends Layout, const V extends Layout>(
  name: string,
  options: KeyedOptions<K, V>,
) => KeyedMap<K, V, S, T>;
type Indexed<S extends Sharing, T extends MapType> = <const V extends Layout>(
  name: string,
  options: IndexedOptions<V>,
) => KeyedMap<Scalar<'u32'>, V, S, T>;
type Lists<T extends MapType> = <const V extends Layout>(name: string, options: ListOptions<V>) => ListMap<V, T>;
type Redirects<T extends MapType> = (name: string, options: ReferenceOptions) => RedirectMap<T>;

/** Any key, one value for all CPUs. */
export const hash: Keyed<'shared', 'hash'> = (name, options) => defined(() => hashSpec(name, options), keyedMethods);
/** A hash that evicts the least recently used when it is full. */
export const lruHash: Keyed<'shared', 'lru_hash'> = (name, options) =>
  defined(() => lruHashSpec(name, options), keyedMethods);
/** A hash with a value for each CPU. */
export const perCpuHash: Keyed<'own', 'percpu_hash'> = (name, options) =>
  defined(() => perCpuHashSpec(name, options), keyedMethods);
export const lruPerCpuHash: Keyed<'own', 'lru_percpu_hash'> = (name, options) =>
  defined(() => lruPerCpuHashSpec(name, options), keyedMethods);
/** Longest-prefix match, by a key like `ipv4Prefix`; looked up with an address. */
export const lpmTrie: Keyed<'shared', 'lpm_trie'> = (name, options) =>
  defined(() => lpmTrieSpec(name, options), keyedMethods);
/** Values 0 to `maxEntries - 1`, all there from the start, zero. */
export const array: Indexed<'shared', 'array'> = (name, options) =>
  defined(() => arraySpec(name, options), keyedMethods);
/** An array with a value for each CPU. */
export const perCpuArray: Indexed<'own', 'percpu_array'> = (name, options) =>
  defined(() => perCpuArraySpec(name, options), keyedMethods);
/** First in, first out. */
export const queue: Lists<'queue'> = (name, options) => defined(() => queueSpec(name, options), listMethods);
/** Last in, first out. */
export const stack: Lists<'stack'> = (name, options) => defined(() => stackSpec(name, options), listMethods);
/** Programs to tail-call. */
export const programArray = (name: string, options: ReferenceOptions): ProgramArrayMap =>
  defined(() => programArraySpec(name, options), programMethods);
/** Interfaces to redirect to. */
export const devmap: Redirects<'devmap'> = (name, options) => defined(() => devmapSpec(name, options), redirectMethods);
/** The same with any number as key. */
export const devmapHash: Redirects<'devmap_hash'> = (name, options) =>
  defined(() => devmapHashSpec(name, options), redirectMethods);
/** CPUs to go on on. */
export const cpumap: Redirects<'cpumap'> = (name, options) => defined(() => cpumapSpec(name, options), redirectMethods);
/** AF_XDP sockets. */
export const xskmap: Redirects<'xskmap'> = (name, options) => defined(() => xskmapSpec(name, options), redirectMethods);

/** Records to user space, from all CPUs in order. */
export function ringBuffer<const V extends Layout>(
  name: string,
  options: RingOptions<V>,
): EventsMap<Bytes, V, 'ringbuf'> {
  return defined(() => ringBufferSpec(name, options), ringMethods);
}

/** Records to user space, a ring for each CPU. */
export function perfEventArray<const V extends Layout>(
  name: string,
  options: Parameters<typeof perfEventArraySpec<V>>[1],
): EventsMap<Scalar<'u32'>, V, 'perf_event_array'> {
  return defined(() => perfEventArraySpec(name, options), perfMethods);
}
