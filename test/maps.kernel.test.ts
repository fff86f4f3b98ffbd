import { possibleCpus } from '@hookline/attach';
import {
  array,
  type BpfMap,
  type BpfObject,
  type BpfQueue,
  hash,
  type LoadedObject,
  lpmTrie,
  lruHash,
  lruPerCpuHash,
  MAP_FLAGS,
  type MapSpec,
  perCpuArray,
  perCpuHash,
  queue,
  stack,
  type UpdateMode,
} from '@hookline/bpf';
import { encode, ipv4Prefix, u32, u64 } from '@hookline/layout';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { compareSteps, partsOfRun, type Step } from './oracle/compare.ts';
import { type DriverRequest, driverFrame, KEYED, keyedDriver, LIST, listDriver } from './oracle/map-driver.ts';
import { runs, SEED_TEXT } from './oracle/property.ts';
import { Worlds } from './oracle/worlds.ts';

const skip = inject('kernel') !== '';
let worlds: Worlds;

beforeAll(() => {
  if (!skip) worlds = new Worlds();
});
afterAll(() => {
  if (!skip) worlds[Symbol.dispose]();
});

/** A step that a failing property prints as its name. */
function step(name: string, act: Step['act']): Step {
  return Object.assign({ name, act }, { [fc.toStringMethod]: () => name });
}

/** The program does it, and says what came of it. */
function byProgram(verb: string, request: DriverRequest): Step {
  const frame = driverFrame(request);
  const { key, flags = 0, value = 0n } = request;
  return step(`program: ${verb} ${key?.toString() ?? ''} flags ${flags} value ${value}`, (loaded) => {
    const program = loaded.programs.main;
    if (program === undefined) throw new Error('a driver has a program');
    const ran = partsOfRun(program.testRun(frame));
    return { ...ran, result: (loaded.maps.result as BpfMap).get(0) };
  });
}

function keyedMap(loaded: LoadedObject): BpfMap {
  return loaded.maps.m as BpfMap;
}

function listMap(loaded: LoadedObject): BpfQueue {
  return loaded.maps.m as unknown as BpfQueue;
}

function differences(object: BpfObject, steps: readonly Step[]) {
  const { refused, differences } = compareSteps(worlds, object, steps);
  if (refused !== undefined) throw refused;
  return differences;
}

const flags = fc.constantFrom(0, 0, 1, 2, 3, 4, 8);
const mode = fc.constantFrom<UpdateMode>('any', 'create', 'replace');
const value = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

/** Random operations on a keyed map, from both sides. */
function keyedSteps<K>(
  key: fc.Arbitrary<K>,
  encodeKey: (key: K) => Uint8Array,
  encodeValue: (value: bigint) => unknown,
  length: number,
): fc.Arbitrary<Step[]> {
  const verbs = fc.constantFrom<keyof typeof KEYED>('lookup', 'update', 'update', 'delete', 'increment');
  const programs = fc
    .record({ verb: verbs, flags, key, value })
    .map(({ verb, ...given }) => byProgram(verb, { operation: KEYED[verb], ...given, key: encodeKey(given.key) }));
  const sets = fc.record({ key, value, mode }).map(({ key: at, value: to, mode: how }) =>
    step(`set ${at} = ${to} (${how})`, (loaded) => {
      keyedMap(loaded).set(at, encodeValue(to), how);
      return {};
    }),
  );
  const gets = key.map((at) => step(`get ${at}`, (loaded) => ({ value: keyedMap(loaded).get(at) })));
  const deletes = key.map((at) => step(`delete ${at}`, (loaded) => ({ deleted: keyedMap(loaded).delete(at) })));
  const any = fc.oneof({ weight: 6, arbitrary: programs }, { weight: 3, arbitrary: sets }, gets, deletes);
  return fc.array(any, { minLength: 1, maxLength: length, size: 'max' });
}

const plain = (number: bigint): unknown => number;
const perCpu = (number: bigint): unknown => Array.from({ length: possibleCpus() }, (_, cpu) => number ^ BigInt(cpu));
const u32Bytes = (key: number): Uint8Array => encode(u32, key);
const small = fc.nat(11);

const VALUES = { value: u64, maxEntries: 8 } as const;
const HASH = { key: u32, ...VALUES } as const;

interface KeyedCase {
  readonly name: string;
  readonly spec: MapSpec;
  readonly encodeValue: (value: bigint) => unknown;
  readonly key?: fc.Arbitrary<number>;
  readonly length?: number;
}

const LRU = { key: u32, value: u64, maxEntries: 100 } as const;
const many = { key: fc.nat(150), length: 600 } as const;

const KEYED_CASES: readonly KeyedCase[] = [
  { name: 'array', spec: array('m', VALUES), encodeValue: plain },
  { name: 'percpu_array', spec: perCpuArray('m', VALUES), encodeValue: perCpu },
  { name: 'hash', spec: hash('m', HASH), encodeValue: plain },
  {
    name: 'hash without preallocation',
    spec: hash('m', { ...HASH, flags: MAP_FLAGS.NO_PREALLOC }),
    encodeValue: plain,
  },
  { name: 'percpu_hash', spec: perCpuHash('m', HASH), encodeValue: perCpu },
  { name: 'lru_hash', spec: lruHash('m', LRU), encodeValue: plain, ...many },
  { name: 'lru_percpu_hash', spec: lruPerCpuHash('m', LRU), encodeValue: perCpu, ...many },
  {
    name: 'lru_hash with a list for each CPU',
    spec: lruHash('m', { ...LRU, flags: MAP_FLAGS.NO_COMMON_LRU }),
    encodeValue: plain,
    ...many,
  },
];

describe(`random operations on a map do the same in the kernel ${SEED_TEXT}`, () => {
  test.skipIf(skip).each(KEYED_CASES)('$name', ({ spec, encodeValue, key = small, length = 60 }) => {
    const object = keyedDriver(spec);
    fc.assert(
      fc.property(keyedSteps(key, u32Bytes, encodeValue, length), (steps) => {
        expect(differences(object, steps)).toEqual([]);
      }),
      runs(20),
    );
  });

  test.skipIf(skip)('lpm_trie', () => {
    const object = keyedDriver(lpmTrie('m', { key: ipv4Prefix, ...VALUES }));
    const part = fc.constantFrom(0, 1, 128, 255);
    const prefix = fc
      .record({ b: part, c: part, d: part, length: fc.integer({ min: 0, max: 32 }) })
      .map(({ b, c, d, length }) => `10.${b}.${c}.${d}/${length}`);
    const bytesOf = (key: string): Uint8Array => encode(ipv4Prefix, key);
    fc.assert(
      fc.property(keyedSteps(prefix, bytesOf, plain, 60), (steps) => {
        expect(differences(object, steps)).toEqual([]);
      }),
      runs(20),
    );
  });

  test.skipIf(skip)('lpm_trie with a prefix that is too long', () => {
    const object = keyedDriver(lpmTrie('m', { key: ipv4Prefix, ...VALUES }));
    const key = Uint8Array.of(33, 0, 0, 0, 10, 0, 0, 1);
    const steps = Object.entries(KEYED).map(([verb, operation]) => byProgram(verb, { operation, key, value: 1n }));
    expect(differences(object, steps)).toEqual([]);
  });

  test.skipIf(skip).each([queue('m', VALUES), stack('m', VALUES)])('$type', (spec) => {
    const object = listDriver(spec);
    const verbs = fc.constantFrom<keyof typeof LIST>('push', 'push', 'pop', 'peek');
    const programs = fc
      .record({ verb: verbs, flags, value })
      .map(({ verb, ...given }) => byProgram(verb, { operation: LIST[verb], ...given }));
    const pushes = fc.record({ value, replaceOldest: fc.boolean() }).map(({ value: pushed, replaceOldest }) =>
      step(`push ${pushed} ${replaceOldest}`, (loaded) => {
        listMap(loaded).push(pushed, { replaceOldest });
        return {};
      }),
    );
    const pops = fc.constant(step('pop', (loaded) => ({ value: listMap(loaded).pop() })));
    const peeks = fc.constant(step('peek', (loaded) => ({ value: listMap(loaded).peek() })));
    const any = fc.oneof({ weight: 4, arbitrary: programs }, { weight: 3, arbitrary: pushes }, pops, peeks);
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 60, size: 'max' }), (steps) => {
        expect(differences(object, steps)).toEqual([]);
      }),
      runs(20),
    );
  });
});
