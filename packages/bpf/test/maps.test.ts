import {
  array,
  arrayOfMaps,
  BpfError,
  type BpfEvents,
  type BpfMap,
  type BpfQueue,
  checkMap,
  devmap,
  entriesOf,
  hash,
  kernelSizes,
  lpmTrie,
  lruPerCpuHash,
  MAP_FLAGS,
  MAP_TYPES,
  type MapOf,
  type MapSpec,
  type MapType,
  type ProgramArray,
  perCpuArray,
  perfEventArray,
  programArray,
  queue,
  ringBuffer,
  valueStride,
} from '@hookline/bpf';
import { be16, bytes, encode, ipv4Address, ipv4Prefix, struct, u16, u32, u64 } from '@hookline/layout';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { readVectors } from './vectors.ts';

const Flow = struct('flow', { source: ipv4Address, port: be16 });
const Counter = struct('counter', { packets: u64, bytes: u64 });

describe('constructors', () => {
  test('make plain data', () => {
    expect(hash('flows', { key: Flow, value: Counter, maxEntries: 16 })).toEqual({
      kind: 'map',
      name: 'flows',
      type: 'hash',
      key: Flow,
      value: Counter,
      sharing: 'shared',
      maxEntries: 16,
      flags: 0,
    });
    expect(queue('jobs', { value: u32, maxEntries: 2 })).toMatchObject({ type: 'queue', key: { size: 0 } });
    expect(ringBuffer('log', { value: Flow, size: 4096 })).toMatchObject({ type: 'ringbuf', maxEntries: 4096 });
    expect(programArray('chain', { maxEntries: 3 })).toMatchObject({ type: 'prog_array', key: u32, value: u32 });
  });

  test('add the flags that a type must have', () => {
    expect(lpmTrie('denied', { key: ipv4Prefix, value: u32, maxEntries: 10 }).flags).toBe(MAP_FLAGS.NO_PREALLOC);
  });

  test('encode what a map holds from the start', () => {
    const limits = array('limits', { value: u16, maxEntries: 4, contents: [[2, 500]], frozen: true });
    expect(limits).toMatchObject({ frozen: true, contents: [[encode(u32, 2), encode(u16, 500)]] });
  });

  test('are typed: keys, values, values for each CPU, handles of other kinds', () => {
    const flows = hash('flows', { key: Flow, value: Counter, maxEntries: 16 });
    const counters = perCpuArray('counters', { value: Counter, maxEntries: 4 });
    const jobs = queue('jobs', { value: u32, maxEntries: 2 });
    const log = ringBuffer('log', { value: Flow, size: 4096 });
    const chain = programArray('chain', { maxEntries: 3 });
    type Count = { packets: bigint; bytes: bigint };
    expectTypeOf<MapOf<typeof flows>>().toEqualTypeOf<BpfMap<{ source: string; port: number }, Count>>();
    expectTypeOf<MapOf<typeof counters>>().toEqualTypeOf<BpfMap<number, readonly Count[]>>();
    expectTypeOf<MapOf<typeof jobs>>().toEqualTypeOf<BpfQueue<number>>();
    expectTypeOf<MapOf<typeof log>>().toEqualTypeOf<BpfEvents<{ source: string; port: number }>>();
    expectTypeOf<MapOf<typeof chain>>().toEqualTypeOf<ProgramArray>();
  });
});

/** What is wrong, and words of the error. */
const REFUSED: readonly (readonly [what: string, make: () => MapSpec, words: string])[] = [
  ['a name with a hyphen', () => hash('a-b', { key: u32, value: u32, maxEntries: 1 }), '1 to 15 letters, digits'],
  ['a name of 16', () => hash('a234567890123456', { key: u32, value: u32, maxEntries: 1 }), '1 to 15 letters'],
  ['no entries', () => hash('m', { key: u32, value: u32, maxEntries: 0 }), 'maxEntries is 0: give 1 to 4294967295.'],
  ['half an entry', () => hash('m', { key: u32, value: u32, maxEntries: 1.5 }), 'maxEntries is 1.5'],
  ['no value', () => hash('m', { key: u32, value: bytes(0), maxEntries: 1 }), 'its value is 0 bytes'],
  [
    'a prefix of 4 bytes',
    () => lpmTrie('m', { key: u32, value: u32, maxEntries: 1 }),
    'its key is 4 bytes: give 5 to 260, as ipv4Prefix and ipv6Prefix have.',
  ],
  [
    'a large value per CPU',
    () => perCpuArray('m', { value: bytes(32769), maxEntries: 1 }),
    'its value is 32769 bytes: give 1 to 32768.',
  ],
  [
    'the name of a layout as key',
    () => hash('m', { key: 'u32' as never, value: u32, maxEntries: 1 }),
    "its key is no layout: give one, like u32, ipv4Address or struct('name', { ... }).",
  ],
  [
    'no value at all',
    () => hash('m', { key: u32, maxEntries: 1 } as never),
    'its value is no layout: give one, like u64',
  ],
  ['a ring of 5000 bytes', () => ringBuffer('m', { value: u32, size: 5000 }), 'give a power of two, 4096 or more.'],
  ['a ring of 2048 bytes', () => ringBuffer('m', { value: u32, size: 2048 }), 'give a power of two, 4096 or more.'],
  [
    'a flag of another type',
    () => devmap('m', { maxEntries: 1, flags: MAP_FLAGS.NO_PREALLOC }),
    'it does not take the flags BPF_F_NO_PREALLOC',
  ],
];

test.each(REFUSED)('a constructor refuses %s', (_what, make, words) => {
  let caught: unknown;
  try {
    make();
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(BpfError);
  expect(caught).toMatchObject({ code: 'MAP_INVALID', message: expect.stringContaining(words) });
});

test('maps of maps name what they hold, no others do', () => {
  const inner = hash('inner', { key: u32, value: u32, maxEntries: 1 });
  const outer = arrayOfMaps('outer', { inner, maxEntries: 2 });
  expect(outer.inner).toBe(inner);
  const { inner: _, ...bare } = outer;
  expect(() => checkMap(bare)).toThrow('give one of them as inner');
  expect(() => checkMap({ ...inner, inner })).toThrow('leave inner out');
});

describe('the rules are those of the kernel', () => {
  function accepts(spec: MapSpec): boolean {
    try {
      checkMap(spec);
      return true;
    } catch {
      return false;
    }
  }
  const KEYS = [0, 1, 3, 4, 5, 8, 260, 261, 512, 513];
  const VALUES = [0, 1, 3, 4, 5, 8, 9, 32768, 32769, 1048576];
  const inner = hash('inner', { key: u32, value: u32, maxEntries: 1 });

  test.each(readVectors('maps-6.18.tsv'))('%s', (name, flags, keys, values) => {
    const type = name as MapType;
    const rules = MAP_TYPES[type];
    const spec: MapSpec = {
      kind: 'map',
      name: 'm',
      type,
      key: bytes(rules.key.least),
      value: bytes(rules.value.least),
      sharing: rules.sharing,
      maxEntries: type === 'ringbuf' ? 4096 : 1,
      flags: rules.requiredFlags,
      ...(rules.holds === 'map' && { inner }),
    };
    const taken = Object.entries(MAP_FLAGS).filter(([, bit]) => accepts({ ...spec, flags: spec.flags | bit }));
    expect(taken.map(([flag]) => flag).join(' ')).toBe(flags);
    // Where the kernel's sizes are fixed, the layouts describe records instead.
    if (rules.holds === 'record') return;
    expect(KEYS.filter((size) => accepts({ ...spec, key: bytes(size) })).join(' ')).toBe(keys);
    expect(VALUES.filter((size) => accepts({ ...spec, value: bytes(size) })).join(' ')).toBe(values);
  });
});

test('what the kernel is told of maps of records', () => {
  const ring = ringBuffer('ring', { value: Flow, size: 4096 });
  const events = perfEventArray('events', { value: Flow });
  expect(kernelSizes(ring)).toEqual({ key: 0, value: 0 });
  expect(kernelSizes(events)).toEqual({ key: 4, value: 4 });
  expect([entriesOf(ring, 8), entriesOf(events, 8)]).toEqual([4096, 8]);
});

test('values lie at multiples of 8 bytes', () => {
  const spec = lruPerCpuHash('m', {
    key: u32,
    value: struct('odd', { a: u64, b: u16, c: u16 }, { packed: true }),
    maxEntries: 1,
  });
  expect([spec.value.size, valueStride(spec)]).toEqual([12, 16]);
});
