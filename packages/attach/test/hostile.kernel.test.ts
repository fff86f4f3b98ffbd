import { array, asm, type BpfObject, hash, type MapSpec, programArray, ringBuffer } from '@hookline/bpf';
import { array as arrayOf, bytes, type Layout, struct, u8, u32, u64 } from '@hookline/layout';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { KernelHost, VerifierError } from '../src/index.ts';
import { openKernelFiles } from './open-files.ts';
import { objectOf, program, returning } from './programs.ts';

const skip = inject('kernel') !== '';
const FRAME = new Uint8Array(60);
let host: KernelHost;
let before: string[];

beforeEach(() => {
  before = openKernelFiles();
  host = new KernelHost();
});
afterEach(() => {
  host[Symbol.dispose]();
  expect(openKernelFiles()).toEqual(before);
});

const PASS = returning('xdp', 2);
const first = hash('first', { key: u32, value: u64, maxEntries: 4 });

describe('what fails half-way leaves nothing open', () => {
  const refused = program('xdp', asm.load(8, 0, 1, 100), asm.exit());
  const cases: readonly (readonly [string, BpfObject])[] = [
    [
      'the second program',
      { kind: 'object', programs: { main: PASS, other: { ...refused, name: 'other' } }, maps: { first } },
    ],
    [
      'the second map, which is too large',
      objectOf(PASS, first, array('second', { value: bytes(1 << 30), maxEntries: 0xffff_fff0 })),
    ],
    [
      'a map behind a ring that is mapped already',
      objectOf(
        PASS,
        ringBuffer('ring', { value: u64, size: 4096 }),
        array('s', { value: bytes(1 << 30), maxEntries: 0xffff_fff0 }),
      ),
    ],
    ['a name that is none', objectOf({ ...PASS, license: 'x'.repeat(1000), name: 'main' }, { ...first, name: 'a b' })],
  ];
  test.skipIf(skip).each(cases)('%s', (_, object) => {
    expect(() => host.load(object)).toThrow(expect.objectContaining({ code: expect.any(String) as string }));
    expect(openKernelFiles()).toEqual(before);
  });
});

describe('layouts that C programmers do not write', () => {
  const nested = (depth: number): Layout => (depth === 0 ? u32 : struct(`level${depth}`, { inner: nested(depth - 1) }));
  const rows = (depth: number): Layout => (depth === 0 ? u32 : arrayOf(rows(depth - 1), 1));
  const layouts: readonly (readonly [string, () => Layout])[] = [
    ['structs 20 deep', () => nested(20)],
    ['structs 100 deep', () => nested(100)],
    ['arrays 100 deep', () => rows(100)],
    ['a name of 300 characters', () => struct('s'.repeat(300), { ['f'.repeat(300)]: u32 })],
    ['a name of 3000 characters', () => struct('s'.repeat(3000), { ['f'.repeat(3000)]: u32 })],
    ['1000 fields', () => struct('wide', Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`f${i}`, u8])))],
  ];
  test.skipIf(skip).each(layouts)('%s', (_, layout) => {
    const value = layout();
    using object = host.load(objectOf(PASS, hash('h', { key: u32, value, maxEntries: 1 }) as MapSpec));
    expect(object.programs.main.testRun(FRAME).verdict).toBe(2);
  });

  test.skipIf(skip)('functions with names of 3000 characters', () => {
    const name = 'f'.repeat(3000);
    const object = objectOf({ ...PASS, functions: [{ name, slot: 0, parameters: 1 }] });
    expect(host.load(object).programs.main.testRun(FRAME).verdict).toBe(2);
  });
});

describe('after it was disposed of', () => {
  test.skipIf(skip)('each handle says so, once and again', () => {
    const object = host.load(objectOf(PASS, first, ringBuffer('ring', { value: u64, size: 4096 })));
    const { main } = object.programs;
    const map = object.map(first);
    const link = host.attachXdp(main, 'lo', { mode: 'generic' });
    link[Symbol.dispose]();
    link[Symbol.dispose]();
    object[Symbol.dispose]();
    object[Symbol.dispose]();
    for (const use of [
      () => map.get(1),
      () => map.set(1, 1n),
      () => map.delete(1),
      () => [...map],
      () => main.testRun(FRAME),
      () => host.attachXdp(main, 'lo', { mode: 'generic' }),
      () => link.update(main),
    ]) {
      expect(use).toThrow(/was disposed of: use it before that, or load it again/);
    }
  });

  test.skipIf(skip)('a host loads and attaches nothing', () => {
    const other = new KernelHost();
    const { main } = other.load(objectOf(PASS)).programs;
    other[Symbol.dispose]();
    other[Symbol.dispose]();
    expect(() => other.load(objectOf(PASS))).toThrow(/host was disposed of: make a new one/);
    expect(() => other.attachXdp(main, 'lo', { mode: 'generic' })).toThrow(/host was disposed of: make a new one/);
    expect(() => other.attachTc(main as never, 'lo')).toThrow(/host was disposed of: make a new one/);
    expect(openKernelFiles()).toEqual(before);
  });
});

test.skipIf(skip)('a refusal after verification says what the kernel may mean', () => {
  const table = programArray('table', { maxEntries: 2 });
  const uses = [asm.loadMap(2, 'table'), asm.mov(0, { immediate: 0 }), asm.exit()];
  const object: BpfObject = {
    kind: 'object',
    programs: {
      one: { ...program('xdp', ...uses), name: 'one' },
      two: { ...program('sched_cls', ...uses), name: 'two' },
    },
    maps: { table },
  };
  const load = (): unknown => host.load(object);
  expect(load).toThrow(/nothing against program 'two', .* \(EINVAL\): a program array .* another type/);
  expect(load).not.toThrow(VerifierError);
});

test.skipIf(skip)('records keep their order while the ring wraps under a program that goes on', () => {
  const spec = ringBuffer('ring', { value: u64, size: 4096 });
  const counter = array('count', { value: u64, maxEntries: 1 });
  const main = program(
    'xdp',
    asm.loadMapValue(6, 'count', 0),
    asm.mov(1, { immediate: 1 }),
    asm.atomic('fetchAdd', 8, 6, 0, 1),
    asm.store(8, 10, -8, 1),
    asm.loadMap(1, 'ring'),
    asm.mov(2, { register: 10 }),
    asm.alu64('add', 2, { immediate: -8 }),
    asm.mov(3, { immediate: 8 }),
    asm.mov(4, { immediate: 0 }),
    asm.call(130),
    asm.exit(),
  );
  const object = host.load(objectOf(main, spec, counter));
  const ring = object.map(spec);
  const seen: bigint[] = [];
  for (let round = 0; round < 40; round++) {
    object.programs.main.testRun(FRAME, { repeat: 1 + (round % 120) });
    seen.push(...ring.drain());
  }
  const total = Number(object.map(counter).get(0));
  expect(seen).toEqual(Array.from({ length: total }, (_, i) => BigInt(i)));
});

test.skipIf(skip)('keys and values of wrong sizes and types are one clear error', () => {
  const object = host.load(objectOf(PASS, first));
  const map = object.map(first) as unknown as { set(key: unknown, value: unknown): void; get(key: unknown): unknown };
  for (const [key, value] of [
    [-1, 0n],
    [2 ** 32, 0n],
    ['1', 0n],
    [null, 0n],
    [1, 0],
    [1, -1n],
    [1, undefined],
    [{}, 0n],
  ]) {
    expect(() => map.set(key, value)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^LAYOUT_/) as string }),
    );
  }
});

test.skipIf(skip)('deleting everything while it is visited', () => {
  const spec = hash('many', { key: u32, value: u64, maxEntries: 500 });
  const map = host.load(objectOf(PASS, spec)).map(spec);
  for (let key = 0; key < 500; key++) map.set(key, 1n);
  const seen = new Set<number>();
  for (const [key] of map) {
    expect(seen.has(key)).toBe(false);
    seen.add(key);
    // This one and another one, which may be the next.
    map.delete(key);
    map.delete((key + 1) % 500);
  }
  expect([...map.keys()]).toEqual([]);
});
