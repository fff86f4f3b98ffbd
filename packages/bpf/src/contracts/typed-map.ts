import { decode, encode, type Layout, LayoutError } from '@hookline/layout';
import { BpfError } from '../bpf-error.ts';
import type { MapSpec } from '../object/map-spec.ts';
import { UPDATE_FLAGS } from '../tables/flags.ts';
import { isPerCpu, MAP_TYPES, valueStride } from '../tables/map-types.ts';
import type { BpfEvents, BpfMap, BpfQueue, MapOf, UpdateMode } from './bpf-map.ts';
import type { RawMap } from './raw-map.ts';

/** A layout's value whose type is only known to the caller: `MapOf` gives it back its type. */
type Value = never;

interface ValueCodec {
  encode(value: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

function plainCodec(layout: Layout): ValueCodec {
  return {
    encode: (value) => encode(layout, value as Value),
    decode: (bytes) => decode(layout, bytes),
  };
}

/** One value after the other, each at a multiple of 8 bytes, one for each CPU. */
function perCpuCodec(spec: MapSpec, cpus: number): ValueCodec {
  const stride = valueStride(spec);
  return {
    encode(values) {
      if (!Array.isArray(values) || values.length !== cpus) {
        const given = Array.isArray(values) ? `${values.length} values` : 'no array';
        const remedy = `give an array with one value for each of the ${cpus} CPUs`;
        throw new BpfError(
          'EINVAL',
          `Map '${spec.name}' has one value for each CPU, and was given ${given}: ${remedy}.`,
          {
            map: spec.name,
          },
        );
      }
      const bytes = new Uint8Array(stride * cpus);
      values.forEach((value, cpu) => {
        bytes.set(encode(spec.value, value as Value), cpu * stride);
      });
      return bytes;
    },
    decode: (bytes) => Array.from({ length: cpus }, (_, cpu) => decode(spec.value, bytes, cpu * stride)),
  };
}

/** The same, and what does not fit is said with the map that it was meant for. */
function named(spec: MapSpec, part: 'key' | 'value', codec: ValueCodec): ValueCodec {
  return {
    ...codec,
    encode(value) {
      try {
        return codec.encode(value);
      } catch (error) {
        if (!(error instanceof LayoutError)) throw error;
        throw new LayoutError(error.code, `The ${part} for map '${spec.name}': ${error.message}`);
      }
    },
  };
}

const MODES: Readonly<Record<UpdateMode, number>> = {
  any: UPDATE_FLAGS.any,
  create: UPDATE_FLAGS.create,
  replace: UPDATE_FLAGS.replace,
};

class KeyedMap implements BpfMap {
  readonly spec: MapSpec;
  readonly #raw: RawMap;
  readonly #key: ValueCodec;
  readonly #value: ValueCodec;

  constructor(spec: MapSpec, raw: RawMap, cpus: number) {
    this.spec = spec;
    this.#raw = raw;
    this.#key = named(spec, 'key', plainCodec(spec.key));
    this.#value = named(spec, 'value', isPerCpu(spec) ? perCpuCodec(spec, cpus) : plainCodec(spec.value));
  }

  get(key: unknown): unknown {
    const value = this.#raw.lookup(this.#key.encode(key));
    return value && this.#value.decode(value);
  }

  set(key: unknown, value: unknown, mode: UpdateMode = 'any'): void {
    if (!Object.hasOwn(MODES, mode)) {
      const problem = `there is no mode '${mode}': give ${Object.keys(MODES).join(', ')}`;
      throw new BpfError('EINVAL', `Map '${this.spec.name}': ${problem}.`, { map: this.spec.name });
    }
    this.#raw.update(this.#key.encode(key), this.#value.encode(value), MODES[mode]);
  }

  delete(key: unknown): boolean {
    return this.#raw.delete(this.#key.encode(key));
  }

  *entries(): IterableIterator<readonly [unknown, unknown]> {
    for (const key of this.#keys()) {
      const value = this.#raw.lookup(key);
      if (value) yield [this.#key.decode(key), this.#value.decode(value)];
    }
  }

  *keys(): IterableIterator<unknown> {
    // Every index of an array of references is a key to the kernel, whether something is there or not.
    const { indexed, holds } = MAP_TYPES[this.spec.type];
    const slots = indexed && holds !== 'data';
    for (const key of this.#keys()) if (!slots || this.#raw.lookup(key)) yield this.#key.decode(key);
  }

  [Symbol.iterator](): IterableIterator<readonly [unknown, unknown]> {
    return this.entries();
  }

  /**
   * The next key is asked for before this one is handed out, so that the body of a loop may delete it. When another one
   * is deleted under the iteration, the map begins again from its first key: `seen` keeps keys from coming twice.
   */
  *#keys(): IterableIterator<Uint8Array> {
    const seen = new Set<string>();
    let key = this.#raw.nextKey(undefined);
    while (key) {
      const next = this.#raw.nextKey(key);
      const identity = Buffer.from(key).toString('latin1');
      if (!seen.has(identity)) {
        seen.add(identity);
        yield key;
      }
      key = next;
    }
  }
}

class Queue implements BpfQueue {
  readonly spec: MapSpec;
  readonly #raw: RawMap;
  readonly #value: ValueCodec;

  constructor(spec: MapSpec, raw: RawMap) {
    this.spec = spec;
    this.#raw = raw;
    this.#value = plainCodec(spec.value);
  }

  push(value: unknown, options: { readonly replaceOldest?: boolean } = {}): void {
    this.#raw.push(this.#value.encode(value), options.replaceOldest ? UPDATE_FLAGS.replace : UPDATE_FLAGS.any);
  }

  pop(): unknown {
    const value = this.#raw.pop();
    return value && this.#value.decode(value);
  }

  peek(): unknown {
    const value = this.#raw.peek();
    return value && this.#value.decode(value);
  }
}

class Events implements BpfEvents {
  readonly spec: MapSpec;
  readonly #raw: RawMap;

  constructor(spec: MapSpec, raw: RawMap) {
    this.spec = spec;
    this.#raw = raw;
  }

  get lost(): number {
    return this.#raw.lost;
  }

  drain(): unknown[] {
    const { value } = this.spec;
    return this.#raw.drain().map((record) => {
      if (record.length >= value.size) return decode(value, record);
      const filled = new Uint8Array(value.size);
      filled.set(record);
      return decode(value, filled);
    });
  }

  drainBytes(): Uint8Array[] {
    return this.#raw.drain();
  }
}

/**
 * The typed handle of a map over its bytes: both worlds make theirs with this, so that they behave the same.
 *
 * @param cpus the possible CPUs of the world, which is how many values a per-CPU map has for a key
 * @throws BpfError EINVAL for a program array, whose handle needs to know the world's programs
 */
export function typedMap<S extends MapSpec>(spec: S, raw: RawMap, cpus: number): MapOf<S> {
  return untypedMap(spec, raw, cpus) as MapOf<S>;
}

function untypedMap(spec: MapSpec, raw: RawMap, cpus: number): BpfMap | BpfQueue | BpfEvents {
  switch (spec.type) {
    case 'ringbuf':
    case 'perf_event_array':
      return new Events(spec, raw);
    case 'queue':
    case 'stack':
      return new Queue(spec, raw);
    case 'prog_array':
      throw new BpfError('EINVAL', `Map '${spec.name}' holds programs: its world makes the handle.`, {
        map: spec.name,
      });
    default:
      return new KeyedMap(spec, raw, cpus);
  }
}
