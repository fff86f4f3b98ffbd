import {
  type AnyMap,
  array,
  BpfError,
  type BpfMap,
  devmap,
  devmapHash,
  hash,
  lpmTrie,
  lruHash,
  lruPerCpuHash,
  MAP_FLAGS,
  type MapSpec,
  perCpuArray,
  perCpuHash,
  perfEventArray,
  queue,
  ringBuffer,
  stack,
} from '@hookline/bpf';
import { bytes, ipv4Prefix, u32, u64 } from '@hookline/layout';
import { describe, expect, test } from 'vitest';
import { CPUS, machine } from './machine.ts';

/** Answers are those of Linux 6.18 with two CPUs, for the same calls. */

/** The map of a machine that has nothing else. */
function make<S extends MapSpec>(spec: S) {
  return machine({ hasDevice: (ifindex) => ifindex === 1 })
    .load({ kind: 'object', programs: {}, maps: { map: spec } })
    .map(spec);
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof BpfError) return error.code;
    throw error;
  }
  return 'ok';
}

describe('array', () => {
  const counters = make(array('counters', { value: u64, maxEntries: 3 }));

  test('every index exists from the start and is 0', () => {
    expect([...counters.entries()]).toEqual([
      [0, 0n],
      [1, 0n],
      [2, 0n],
    ]);
  });

  test('its errors are the kernel’s', () => {
    expect(codeOf(() => counters.set(3, 1n))).toBe('E2BIG');
    expect(codeOf(() => counters.set(0, 1n, 'create'))).toBe('EEXIST');
    expect(codeOf(() => counters.delete(0))).toBe('EINVAL');
    expect(counters.get(3)).toBeUndefined();
    counters.set(2, 7n, 'replace');
    expect(counters.get(2)).toBe(7n);
  });
});

describe('hash', () => {
  test('is full at maxEntries, but an entry can still be replaced', () => {
    const map = make(hash('flows', { key: u32, value: u64, maxEntries: 2 }));
    map.set(1, 10n);
    map.set(2, 20n);
    expect(codeOf(() => map.set(3, 30n))).toBe('E2BIG');
    map.set(1, 11n);
    expect(map.get(1)).toBe(11n);
    expect(map.delete(1)).toBe(true);
    expect(map.delete(1)).toBe(false);
    map.set(3, 30n);
    expect([...map.keys()].sort()).toEqual([2, 3]);
  });

  test('create and replace', () => {
    const map = make(hash('flows', { key: u32, value: u64, maxEntries: 2 }));
    expect(codeOf(() => map.set(1, 1n, 'replace'))).toBe('ENOENT');
    map.set(1, 1n, 'create');
    expect(codeOf(() => map.set(1, 2n, 'create'))).toBe('EEXIST');
    map.set(1, 3n, 'replace');
    expect(map.get(1)).toBe(3n);
  });

  test('a thousand keys come and go', () => {
    const map = make(hash('flows', { key: bytes(7), value: u32, maxEntries: 1000 }));
    const key = (i: number): Uint8Array => Uint8Array.of(i, i >> 8, 0, 1, 2, 3, 4);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 1000; i++) map.set(key(i), i);
      for (let i = 0; i < 1000; i += 2) map.delete(key(i));
      expect([...map.entries()].map(([, value]) => value).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 500 }, (_, i) => i * 2 + 1),
      );
    }
  });

  test('iteration survives deletion of the current key', () => {
    const map = make(hash('flows', { key: u32, value: u32, maxEntries: 100 }));
    for (let i = 0; i < 100; i++) map.set(i, i);
    const seen = [...map.keys()];
    for (const key of map.keys()) map.delete(key);
    expect(seen).toHaveLength(100);
    expect([...map.keys()]).toEqual([]);
  });
});

describe('per-CPU maps', () => {
  const specs = [
    perCpuArray('values', { value: u32, maxEntries: 2 }),
    perCpuHash('values', { key: u32, value: u32, maxEntries: 2 }),
    lruPerCpuHash('values', { key: u32, value: u32, maxEntries: 2 }),
  ] as const;
  test.each(specs)('$type has one value for each CPU', (spec) => {
    const map = make(spec) as BpfMap<number, readonly number[]>;
    map.set(1, [5, 6]);
    expect(map.get(1)).toEqual([5, 6]);
    expect(codeOf(() => map.set(1, [5]))).toBe('EINVAL');
    expect(CPUS).toBe(2);
  });
});

describe('LRU hash', () => {
  /** How many of some inserted keys are still there. */
  function surviving(spec: MapSpec, inserts: number): number {
    const map = make(spec) as BpfMap<number, number>;
    for (let i = 0; i < inserts; i++) map.set(i, i);
    return [...map.keys()].length;
  }

  // bpf_lru_list.c moves 128 nodes at a time to the CPU that inserts.
  test.each([
    [1000, 1000, 976],
    [1000, 2000, 952],
  ])('of %i entries, %i inserts on one CPU leave %i', (maxEntries, inserts, expected) => {
    expect(surviving(lruHash('seen', { key: u32, value: u32, maxEntries }), inserts)).toBe(expected);
  });

  test('with a list for each CPU, one CPU has its share', () => {
    const flags = MAP_FLAGS.NO_COMMON_LRU;
    expect(surviving({ ...lruHash('seen', { key: u32, value: u32, maxEntries: 1000 }), flags }, 2000)).toBe(500);
  });

  test('the newest entry is there, and replacing keeps to the flags', () => {
    const map = make(lruHash('seen', { key: u32, value: u32, maxEntries: 4 }));
    for (let i = 0; i < 100; i++) {
      map.set(i, i);
      expect(map.get(i)).toBe(i);
    }
    expect(codeOf(() => map.set(99, 1, 'create'))).toBe('EEXIST');
    expect(codeOf(() => map.set(1, 1, 'replace'))).toBe('ENOENT');
  });
});

describe('LPM trie', () => {
  const routes = () => make(lpmTrie('routes', { key: ipv4Prefix, value: u32, maxEntries: 4 }));

  test('the longest prefix wins', () => {
    const map = routes();
    map.set('10.0.0.0/8', 8);
    map.set('10.1.0.0/16', 16);
    map.set('10.1.2.3/32', 32);
    expect(map.get('10.1.2.3/32')).toBe(32);
    expect(map.get('10.1.2.4/32')).toBe(16);
    expect(map.get('10.200.0.1/32')).toBe(8);
    expect(map.get('11.0.0.1/32')).toBeUndefined();
    map.set('0.0.0.0/0', 0);
    expect(map.get('11.0.0.1/32')).toBe(0);
    expect(codeOf(() => map.set('12.0.0.0/8', 1))).toBe('ENOSPC');
    map.set('10.0.0.0/8', 9);
    expect(map.get('10.200.0.1/32')).toBe(9);
  });

  test('deletion takes exactly the prefix, and keys come longest first', () => {
    const map = routes();
    map.set('192.168.0.0/16', 1);
    map.set('192.168.0.0/24', 2);
    map.set('192.168.128.0/24', 3);
    map.set('192.168.1.0/24', 4);
    // The order of the example in kernel/bpf/lpm_trie.c.
    expect([...map.keys()]).toEqual(['192.168.0.0/24', '192.168.1.0/24', '192.168.128.0/24', '192.168.0.0/16']);
    expect(map.delete('192.168.0.0/23')).toBe(false);
    expect(map.delete('192.168.0.0/24')).toBe(true);
    expect(map.get('192.168.0.5/32')).toBe(1);
    expect(map.get('192.168.1.5/32')).toBe(4);
  });

  test('an overwritten prefix takes on the host bits of the new key', () => {
    const map = make(lpmTrie('raw', { key: bytes(8), value: u32, maxEntries: 4 }));
    const key = (length: number, ...address: readonly number[]): Uint8Array =>
      Uint8Array.of(length, 0, 0, 0, ...address);
    map.set(key(8, 10, 0, 0, 0), 1);
    map.set(key(8, 10, 1, 2, 3), 2);
    expect([...map.entries()]).toEqual([[key(8, 10, 1, 2, 3), 2]]);
    expect(codeOf(() => map.set(key(33, 1, 1, 1, 1), 2))).toBe('EINVAL');
    expect(codeOf(() => map.set(key(9, 1, 1, 1, 1), 2, 'replace'))).toBe('ENOENT');
    expect(codeOf(() => map.set(key(8, 10, 9, 9, 9), 2, 'create'))).toBe('EEXIST');
  });
});

describe('queue and stack', () => {
  test('a queue gives the oldest first', () => {
    const map = make(queue('jobs', { value: u32, maxEntries: 2 }));
    map.push(1);
    map.push(2);
    expect(codeOf(() => map.push(3))).toBe('E2BIG');
    map.push(3, { replaceOldest: true });
    expect([map.peek(), map.pop(), map.pop(), map.pop(), map.peek()]).toEqual([2, 2, 3, undefined, undefined]);
  });

  test('a stack gives the newest first', () => {
    const map = make(stack('jobs', { value: u32, maxEntries: 2 }));
    map.push(1);
    map.push(2);
    map.push(3, { replaceOldest: true });
    expect([map.peek(), map.pop(), map.pop(), map.pop()]).toEqual([3, 3, 2, undefined]);
  });
});

describe('device maps', () => {
  test('a device must exist; 0 empties the entry of an array', () => {
    const map = make(devmap('ports', { maxEntries: 2 }));
    map.set(0, 1);
    expect(map.get(0)).toBe(1);
    expect(map.get(1)).toBeUndefined();
    expect(codeOf(() => map.set(0, 77))).toBe('EINVAL');
    expect(codeOf(() => map.set(2, 1))).toBe('E2BIG');
    expect(codeOf(() => map.set(0, 1, 'create'))).toBe('EEXIST');
    map.set(0, 0);
    expect([...map.keys()]).toEqual([]);
  });

  test('by key', () => {
    const map = make(devmapHash('ports', { maxEntries: 1 }));
    map.set(70_000, 1);
    expect(codeOf(() => map.set(70_001, 1))).toBe('E2BIG');
    expect(codeOf(() => map.set(70_000, 0))).toBe('EINVAL');
    expect(codeOf(() => map.set(70_000, 1, 'create'))).toBe('EEXIST');
    expect([...map.entries()]).toEqual([[70_000, 1]]);
    expect(map.delete(70_000)).toBe(true);
    expect(map.delete(70_000)).toBe(false);
  });
});

describe('events', () => {
  test('nothing is there before a program writes', () => {
    const events = make(ringBuffer('events', { value: u32, size: 4096 }));
    expect([events.drain(), events.lost]).toEqual([[], 0]);
    expect(make(perfEventArray('samples', { value: u32 })).drain()).toEqual([]);
  });
});

describe('any map', () => {
  test('contents are there from the start; frozen ones stay', () => {
    const contents = [[Uint8Array.of(1, 0, 0, 0), Uint8Array.of(9, 0, 0, 0)]] as const;
    const map = make({ ...array('config', { value: u32, maxEntries: 2 }), contents, frozen: true });
    expect(map.get(1)).toBe(9);
    expect(codeOf(() => map.set(1, 2))).toBe('EPERM');
    const own = make({ ...perCpuArray('own', { value: u32, maxEntries: 2 }), contents });
    expect(own.get(1)).toEqual([9, 9]);
  });

  test('flags of user space hold for the control plane', () => {
    const flags = MAP_FLAGS.RDONLY;
    expect(codeOf(() => make({ ...array('a', { value: u32, maxEntries: 2 }), flags }).set(0, 1))).toBe('EPERM');
    const write = { ...array('a', { value: u32, maxEntries: 2 }), flags: MAP_FLAGS.WRONLY };
    expect(codeOf(() => make(write).get(0))).toBe('EPERM');
  });

  test('a type that is not simulated is refused by name', () => {
    const spec: MapSpec = { ...devmap('cpus', { maxEntries: 2 }), type: 'cpumap' };
    expect(() => make(spec)).toThrow(/Map cpus is a cpumap, which is not simulated/);
  });

  test('a map of another object is not here', () => {
    const object = machine().load({ kind: 'object', programs: {}, maps: {} });
    expect(() => object.map(array('a', { value: u32, maxEntries: 1 })) as AnyMap).toThrow(/has no map 'a'/);
  });
});
