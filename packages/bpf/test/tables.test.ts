import {
  contextFieldAt,
  ERRNO,
  errnoName,
  HELPER_FLAGS,
  HELPERS,
  type HelperName,
  helperById,
  isGplCompatible,
  MAP_FLAGS,
  MAP_TYPES,
  PROGRAM_TYPES,
  type ProgramType,
  TC_VERDICTS,
  XDP_VERDICTS,
} from '@hookline/bpf';
import { describe, expect, test } from 'vitest';
import { readVectors } from './vectors.ts';

const UAPI = readVectors('uapi.tsv');

function numbers(kind: string): Record<string, number> {
  return Object.fromEntries(UAPI.filter((row) => row[0] === kind).map(([, name, number]) => [name, Number(number)]));
}

function namesToNumbers(table: Readonly<Record<string, { readonly number: number }>>): Record<string, number> {
  return Object.fromEntries(Object.entries(table).map(([name, { number }]) => [name, number]));
}

describe('numbers are those of the kernel headers', () => {
  test('map types and flags', () => {
    expect(namesToNumbers(MAP_TYPES)).toEqual(numbers('map_type'));
    expect(MAP_FLAGS).toEqual(numbers('map_flag'));
  });

  test('helpers and their flags', () => {
    expect(Object.fromEntries(Object.values(HELPERS).map(({ name, id }) => [name, id]))).toEqual(numbers('helper'));
    // The headers are older than BPF_F_IPV6 (6.16).
    expect(HELPER_FLAGS).toEqual({ ...numbers('helper_flag'), IPV6: 128 });
  });

  test('program types and verdicts', () => {
    expect(namesToNumbers(PROGRAM_TYPES)).toEqual(numbers('prog_type'));
    expect(PROGRAM_TYPES.xdp.expectedAttachType).toBe(numbers('attach_type').xdp);
    expect(XDP_VERDICTS).toEqual(numbers('xdp'));
    expect(TC_VERDICTS).toEqual(numbers('tc'));
  });

  test('error numbers', () => {
    expect(ERRNO).toEqual({ ...numbers('errno'), ENOTSUPP: 524 });
    expect([2, -7, 9999].map(errnoName)).toEqual(['ENOENT', 'E2BIG', 'errno 9999']);
  });
});

describe.each(Object.values(PROGRAM_TYPES))('the context of $name', ({ contextName, contextSize, context }) => {
  test('lies in memory as the struct does', () => {
    const struct = UAPI.filter((row) => row[0] === contextName).map(([, name, place]) => [name, place]);
    expect(context.map(({ name, offset, size }) => [name, `${offset},${size}`])).toEqual(struct);
    expect(contextSize).toBe(numbers('size')[contextName]);
  });

  test('has keys in camelCase', () => {
    for (const { key } of context) expect(key).toMatch(/^[a-z][A-Za-z0-9]*$/);
    expect(context.find(({ name }) => name === 'ingress_ifindex')?.key).toBe('ingressIfindex');
  });
});

test.each(readVectors('context-6.18.tsv'))('%s may %s %s bytes at %s', (type, direction, size, offsets = '') => {
  const spec = PROGRAM_TYPES[type as ProgramType];
  const granted = Array.from({ length: spec.contextSize }, (_, offset) => offset).filter((offset) =>
    contextFieldAt(spec, offset, Number(size), direction as 'read' | 'write'),
  );
  expect(granted.join(' ')).toBe(offsets);
});

/** In XDP, get_cgroup_classid takes no context: it is about the current task, which a packet does not belong to. */
const OTHER_IN_XDP = '17';

/** `call <id>` tried on Linux 6.18 under both licences; calls that the table leaves out are for other program types too. */
describe('helpers are allowed as the verifier allows them', () => {
  const probes = readVectors('helpers-6.18.tsv').filter(([id]) => helperById(Number(id)));

  test('every one of the table was probed', () => {
    expect(probes).toHaveLength(Object.keys(HELPERS).length);
  });

  test.each(probes)('%s %s', (id, name, xdp, tc) => {
    const helper = helperById(Number(id));
    expect(helper?.name).toBe(name);
    expect(helper?.programTypes).toEqual([
      ...(xdp === 'no' || id === OTHER_IN_XDP ? [] : ['xdp']),
      ...(tc === 'no' ? [] : ['sched_cls']),
    ]);
    expect(helper?.gplOnly).toBe(xdp === 'gpl' || tc === 'gpl');
  });
});

test.each(readVectors('moves-packet-6.18.tsv'))('%s moves the packet: %s', (name, moves) => {
  // A tail call that fails leaves the packet where it is, but the caller of a function that made one cannot know.
  const expected = name === 'tail_call' || moves === 'yes';
  expect(HELPERS[name as HelperName].movesPacket).toBe(expected);
});

test('every memory argument of unknown length is followed by its size', () => {
  const sized = new Set(['memory', 'memoryOut', 'memoryInOut', 'memoryOrNull']);
  for (const { arguments: kinds } of Object.values(HELPERS)) {
    const after = kinds.filter((_, i) => sized.has(kinds[i - 1] ?? ''));
    expect(after.every((kind) => kind === 'size' || kind === 'sizeOrZero')).toBe(true);
    expect(kinds.length).toBeLessThanOrEqual(5);
  }
});

test('licences that the kernel counts as compatible with the GPL', () => {
  expect(['GPL', 'GPL v2', 'Dual MIT/GPL', 'Dual BSD/GPL'].every(isGplCompatible)).toBe(true);
  expect(['MIT', 'gpl', 'Apache-2.0', ''].some(isGplCompatible)).toBe(false);
});
