import { array, assemble, type LoadedObject, type TestRunOptions } from '@hookline/bpf';
import { u32, u64 } from '@hookline/layout';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Worlds } from './oracle/worlds.ts';

const skip = inject('kernel') !== '';
let worlds: Worlds;

beforeAll(() => {
  if (!skip) worlds = new Worlds();
});
afterAll(() => {
  if (!skip) worlds[Symbol.dispose]();
});

const OBJECT = assemble('.map flows array value 8 entries 4\n.program main tc\nr0 = 3\nexit');

describe.each(['load', 'simulate'] as const)('what both worlds refuse alike (%s)', (world) => {
  function loaded(): LoadedObject {
    return worlds[world](OBJECT);
  }

  test.skipIf(skip)('a map is found by any definition of its name and shape', () => {
    using object = loaded();
    object.map(array('flows', { value: u64, maxEntries: 4 })).set(1, 7n);
    expect(object.map(array('flows', { value: u64, maxEntries: 4 })).get(1)).toBe(7n);
    expect(() => object.map(array('flows', { value: u32, maxEntries: 4 }))).toThrow(/type array .* of 4 bytes/);
    expect(() => object.map(array('flow', { value: u64, maxEntries: 4 }))).toThrow(/no map 'flow'/);
  });

  test.skipIf(skip)('a mode that is none', () => {
    using object = loaded();
    const flows = object.map(array('flows', { value: u64, maxEntries: 4 }));
    expect(() => flows.set(1, 7n, 'always' as 'any')).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  const wrong: readonly (readonly [string, TestRunOptions])[] = [
    ['repeat -1', { repeat: -1 }],
    ['repeat NaN', { repeat: Number.NaN }],
    ['repeat 2^32', { repeat: 2 ** 32 }],
    ['repeat 1.5', { repeat: 1.5 }],
    ['mark -1', { context: { mark: -1 } }],
    ['mark NaN', { context: { mark: Number.NaN } }],
    ['tstamp 1.5', { context: { tstamp: 1.5 } }],
    ['cb4 2^32', { context: { cb4: 2 ** 32 } }],
    ['a field that there is not', { context: { colour: 1 } }],
  ];
  test.skipIf(skip).each(wrong)('a test run with %s', (_, options) => {
    using object = loaded();
    const run = (): unknown => object.programs.main?.testRun(new Uint8Array(64), options);
    expect(run).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  test.skipIf(skip)('the largest numbers that fit', () => {
    using object = loaded();
    const context = { mark: 2 ** 32 - 1, cb4: 2 ** 32 - 1, tstamp: Number.MAX_SAFE_INTEGER };
    expect(object.programs.main?.testRun(new Uint8Array(64), { repeat: 0, context }).context).toMatchObject(context);
  });
});
