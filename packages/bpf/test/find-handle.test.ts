import { type AnyMap, array, findHandle, hash, type MapSpec } from '@hookline/bpf';
import { u16, u32, u64 } from '@hookline/layout';
import { expect, test } from 'vitest';

const loaded = hash('flows', { key: u32, value: u64, maxEntries: 16 });
const handle = { spec: loaded } as unknown as AnyMap;
const handles = new Map([[loaded.name, handle]]);

test.each([
  ['the definition itself', loaded],
  ['the same definition, made again', hash('flows', { key: u32, value: u64, maxEntries: 16 })],
  ['one of another length', hash('flows', { key: u32, value: u64, maxEntries: 1 })],
])('%s finds the map', (_, spec) => {
  expect(findHandle(handles, spec)).toBe(handle);
});

test.each<readonly [string, MapSpec, object]>([
  ['another name', hash('others', { key: u32, value: u64, maxEntries: 16 }), { code: 'ENOENT' }],
  ['another type', array('flows', { value: u64, maxEntries: 16 }), { code: 'EINVAL' }],
  ['keys of another size', hash('flows', { key: u16, value: u64, maxEntries: 16 }), { code: 'EINVAL' }],
  ['values of another size', hash('flows', { key: u32, value: u32, maxEntries: 16 }), { code: 'EINVAL' }],
])('a definition with %s does not', (_, spec, error) => {
  expect(() => findHandle(handles, spec)).toThrow(expect.objectContaining(error));
});

test('the error names both', () => {
  const asked = array('flows', { value: u32, maxEntries: 16 });
  expect(() => findHandle(handles, asked)).toThrow(
    "The map 'flows' of the object is of type hash with keys of 4 and values of 8 bytes, and was asked for as one of type array with keys of 4",
  );
});
