import {
  array,
  asm,
  devmapHash,
  hash,
  lpmTrie,
  lruHash,
  MAP_FLAGS,
  perCpuArray,
  perCpuHash,
  perfEventArray,
  programArray,
  queue,
  ringBuffer,
  stack,
} from '@hookline/bpf';
import { ipv4Prefix, u32, u64 } from '@hookline/layout';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { KernelHost, possibleCpus } from '../src/index.ts';
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

test.skipIf(skip)('a hash takes, replaces, gives and deletes', () => {
  const spec = hash('h', { key: u32, value: u64, maxEntries: 3 });
  const map = host.load(objectOf(PASS, spec)).map(spec);
  map.set(1, 10n, 'create');
  map.set(2, 20n);
  map.set(2, 21n, 'replace');
  expect([...map].toSorted()).toEqual([
    [1, 10n],
    [2, 21n],
  ]);
  expect(() => map.set(1, 0n, 'create')).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  expect(() => map.set(9, 0n, 'replace')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  map.set(3, 30n);
  expect(() => map.set(4, 40n)).toThrow(expect.objectContaining({ code: 'E2BIG', place: { map: 'h' } }));
  expect(map.delete(2)).toBe(true);
  expect(map.delete(2)).toBe(false);
  expect(map.get(2)).toBeUndefined();
  expect([...map.keys()].toSorted()).toEqual([1, 3]);
});

test.skipIf(skip)('an array has all its indices and no others', () => {
  const spec = array('a', { value: u64, maxEntries: 2, contents: [[1, 7n]] });
  const map = host.load(objectOf(PASS, spec)).map(spec);
  expect([...map]).toEqual([
    [0, 0n],
    [1, 7n],
  ]);
  expect(() => map.set(2, 1n)).toThrow(expect.objectContaining({ code: 'E2BIG' }));
  expect(() => map.delete(0)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
});

test.skipIf(skip)('a frozen map says that it is frozen', () => {
  const spec = array('limits', {
    value: u32,
    maxEntries: 1,
    contents: [[0, 5]],
    frozen: true,
    flags: MAP_FLAGS.RDONLY_PROG,
  });
  const map = host.load(objectOf(PASS, spec)).map(spec);
  expect(map.get(0)).toBe(5);
  expect(() => map.set(0, 6)).toThrow(
    expect.objectContaining({ code: 'EPERM', message: expect.stringContaining('frozen') }),
  );
});

test.skipIf(skip)('a per-CPU map gives a value for each possible CPU', () => {
  const spec = perCpuArray('c', { value: u32, maxEntries: 1, contents: [[0, 3]] });
  const counters = perCpuHash('d', { key: u32, value: u32, maxEntries: 4 });
  const loaded = host.load(objectOf(PASS, spec, counters));
  const cpus = possibleCpus();
  expect(loaded.map(spec).get(0)).toEqual(new Array(cpus).fill(3));
  const own = Array.from({ length: cpus }, (_, cpu) => cpu + 100);
  loaded.map(counters).set(8, own);
  expect(loaded.map(counters).get(8)).toEqual(own);
});

test.skipIf(skip)('an LPM trie finds the longest prefix', () => {
  const spec = lpmTrie('denied', { key: ipv4Prefix, value: u32, maxEntries: 8 });
  const map = host.load(objectOf(PASS, spec)).map(spec);
  map.set('10.0.0.0/8', 1);
  map.set('10.1.0.0/16', 2);
  expect(map.get('10.1.2.3/32')).toBe(2);
  expect(map.get('10.2.2.3/32')).toBe(1);
  expect(map.get('11.0.0.1/32')).toBeUndefined();
});

test.skipIf(skip)('queues and stacks push, peek and pop', () => {
  const q = queue('q', { value: u32, maxEntries: 2 });
  const s = stack('s', { value: u32, maxEntries: 2 });
  const loaded = host.load(objectOf(PASS, q, s));
  for (const map of [loaded.map(q), loaded.map(s)]) {
    map.push(1);
    map.push(2);
    expect(() => map.push(3)).toThrow(expect.objectContaining({ code: 'E2BIG' }));
    map.push(3, { replaceOldest: true });
  }
  expect(loaded.map(q).peek()).toBe(2);
  expect([loaded.map(q).pop(), loaded.map(q).pop(), loaded.map(q).pop()]).toEqual([2, 3, undefined]);
  expect([loaded.map(s).pop(), loaded.map(s).pop()]).toEqual([3, 2]);
});

test.skipIf(skip)('a ring buffer gives the submitted records in order, over its end and again', () => {
  const ring = ringBuffer('ring', { value: u64, size: 4096 });
  const submit = program(
    'xdp',
    asm.loadImmediate64(2, 0x55667788, 0x11223344),
    asm.store(8, 10, -8, 2),
    asm.loadMap(1, 'ring'),
    asm.mov(2, { register: 10 }),
    asm.alu64('add', 2, { immediate: -8 }),
    asm.mov(3, { immediate: 8 }),
    asm.mov(4, { immediate: 0 }),
    asm.call(130),
    asm.exit(),
  );
  const loaded = host.load(objectOf(submit, ring));
  const events = loaded.map(ring);
  expect(events.drain()).toEqual([]);
  for (let round = 0; round < 3; round++) {
    loaded.programs.main.testRun(FRAME, { repeat: 200 });
    expect(events.drain()).toEqual(new Array(200).fill(0x1122334455667788n));
  }
  // 255 records of 16 bytes fill 4096 bytes, less the one that would make full look like empty.
  expect(loaded.programs.main.testRun(FRAME, { repeat: 300 }).verdict | 0).toBe(-11);
  expect(events.drainBytes()).toHaveLength(255);
});

test.skipIf(skip)('a perf event array gives the records of every CPU', () => {
  const events = perfEventArray('events', { value: u32 });
  const send = program(
    'xdp',
    asm.mov(6, { register: 1 }),
    asm.storeImmediate(4, 10, -4, 0x01020304),
    asm.mov(1, { register: 6 }),
    asm.loadMap(2, 'events'),
    asm.mov32(3, { immediate: -1 }),
    asm.mov(4, { register: 10 }),
    asm.alu64('add', 4, { immediate: -4 }),
    asm.mov(5, { immediate: 4 }),
    asm.call(25),
    asm.exit(),
  );
  const loaded = host.load(objectOf(send, events));
  expect(loaded.programs.main.testRun(FRAME, { repeat: 3 }).verdict).toBe(0);
  expect(loaded.map(events).drain()).toEqual([0x01020304, 0x01020304, 0x01020304]);
  expect(loaded.map(events).drain()).toEqual([]);
  expect(loaded.map(events).lost).toBe(0);
});

test.skipIf(skip)('a tail call goes where the program array says', () => {
  const next = programArray('next', { maxEntries: 2 });
  const jump = program(
    'xdp',
    asm.loadMap(2, 'next'),
    asm.mov(3, { immediate: 1 }),
    asm.call(12),
    asm.mov(0, { immediate: 1 }),
    asm.exit(),
  );
  const loaded = host.load({ kind: 'object', programs: { jump, target: returning('xdp', 55) }, maps: { next } });
  expect(loaded.programs.jump.testRun(FRAME).verdict).toBe(1);
  loaded.maps.next.set(1, loaded.programs.target);
  expect(loaded.programs.jump.testRun(FRAME).verdict).toBe(55);
  expect(loaded.maps.next.delete(1)).toBe(true);
  expect(loaded.programs.jump.testRun(FRAME).verdict).toBe(1);
});

test.skipIf(skip)('a device map wants a device that exists', () => {
  const devices = devmapHash('devices', { maxEntries: 4 });
  const map = host.load(objectOf(PASS, devices)).map(devices);
  map.set(7, 1);
  expect([...map]).toEqual([[7, 1]]);
  expect(() => map.set(8, 0x7fff_0000)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
});

test.skipIf(skip)('an LRU map never refuses', () => {
  const spec = lruHash('recent', { key: u32, value: u32, maxEntries: 64 });
  const map = host.load(objectOf(PASS, spec)).map(spec);
  for (let key = 0; key < 200; key++) map.set(key, key);
  expect(map.get(199)).toBe(199);
  expect([...map].length).toBeLessThanOrEqual(64);
});

test.skipIf(skip)('a map cannot be used after its object was disposed of', () => {
  const spec = array('a', { value: u32, maxEntries: 1 });
  const ring = ringBuffer('r', { value: u32, size: 4096 });
  const loaded = host.load(objectOf(PASS, spec, ring));
  loaded[Symbol.dispose]();
  loaded[Symbol.dispose]();
  expect(() => loaded.map(spec).get(0)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  expect(() => loaded.map(ring).drain()).toThrow(expect.objectContaining({ code: 'EBADF' }));
});
