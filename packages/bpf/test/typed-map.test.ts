import {
  array,
  BpfError,
  devmap,
  hash,
  perCpuHash,
  programArray,
  queue,
  type RawMap,
  ringBuffer,
  typedMap,
} from '@hookline/bpf';
import { be16, ipv4Address, LayoutError, struct, u16, u32, u64 } from '@hookline/layout';
import { describe, expect, test } from 'vitest';
import { toHex } from './vectors.ts';

const Flow = struct('flow', { source: ipv4Address, port: be16 });
const flow = { source: '10.0.0.1', port: 443 };
/** `flow` in memory: the address, the port in network order, two bytes of padding. */
const FLOW_BYTES = '0a00000101bb0000';

/** A map in JavaScript that walks its keys as a kernel's hash does: after a key that is gone, from the first again. */
class MemoryMap implements RawMap {
  readonly lost = 3;
  readonly flags: number[] = [];
  records: Uint8Array[] = [];
  readonly #entries = new Map<string, readonly [Uint8Array, Uint8Array]>();

  lookup(key: Uint8Array): Uint8Array | undefined {
    return this.#entries.get(toHex(key))?.[1];
  }

  update(key: Uint8Array, value: Uint8Array, flags: number): void {
    this.flags.push(flags);
    this.#entries.set(toHex(key), [key, value]);
  }

  delete(key: Uint8Array): boolean {
    return this.#entries.delete(toHex(key));
  }

  nextKey(key: Uint8Array | undefined): Uint8Array | undefined {
    const keys = [...this.#entries.values()].map(([own]) => own);
    const index = key ? keys.findIndex((own) => toHex(own) === toHex(key)) : -1;
    return keys[index + 1];
  }

  push(value: Uint8Array, flags: number): void {
    this.flags.push(flags);
    this.records.push(value);
  }

  pop(): Uint8Array | undefined {
    return this.records.shift();
  }

  peek(): Uint8Array | undefined {
    return this.records[0];
  }

  drain(): Uint8Array[] {
    return this.records.splice(0);
  }
}

describe('a map with keys', () => {
  const spec = hash('flows', { key: Flow, value: u16, maxEntries: 8 });

  test('gives and takes JavaScript values', () => {
    const raw = new MemoryMap();
    const flows = typedMap(spec, raw, 4);
    expect(flows.get(flow)).toBeUndefined();
    flows.set(flow, 7);
    expect(flows.get(flow)).toBe(7);
    expect(toHex(raw.nextKey(undefined) ?? new Uint8Array())).toBe(FLOW_BYTES);
    expect([flows.delete(flow), flows.delete(flow)]).toEqual([true, false]);
  });

  test('hands the mode on as a flag', () => {
    const raw = new MemoryMap();
    const flows = typedMap(spec, raw, 4);
    flows.set(flow, 1);
    flows.set(flow, 1, 'create');
    flows.set(flow, 1, 'replace');
    expect(raw.flags).toEqual([0, 1, 2]);
  });

  test('refuses what does not fit, before the map sees it', () => {
    const raw = new MemoryMap();
    const flows = typedMap(spec, raw, 4);
    expect(() => flows.set(flow, 65536)).toThrow(LayoutError);
    expect(() => flows.get({ source: '10.0.0', port: 1 })).toThrow(
      "The key for map 'flows': flow.source: '10.0.0' is no IPv4 address",
    );
    expect(() => flows.set(flow, 65536)).toThrow("The value for map 'flows': value: 65536 does not fit u16");
    expect(raw.flags).toEqual([]);
  });

  function filled(): ReturnType<typeof typedMap<typeof spec>> {
    const flows = typedMap(spec, new MemoryMap(), 4);
    for (let port = 1; port <= 5; port++) flows.set({ source: '10.0.0.1', port }, port);
    return flows;
  }

  test('iterates over entries and keys', () => {
    const flows = filled();
    expect([...flows]).toEqual([...flows.entries()]);
    expect([...flows].map(([key, value]) => [key.port, value])).toEqual([1, 2, 3, 4, 5].map((n) => [n, n]));
    expect([...flows.keys()].map(({ port }) => port)).toEqual([1, 2, 3, 4, 5]);
  });

  test('can be emptied while it is iterated over', () => {
    const flows = filled();
    for (const [key] of flows) expect(flows.delete(key)).toBe(true);
    expect([...flows]).toEqual([]);
  });

  test('gives no key twice when the next one goes away', () => {
    const flows = filled();
    const seen: number[] = [];
    for (const [{ source, port }] of flows) {
      seen.push(port);
      if (port === 2) flows.delete({ source, port: 3 });
    }
    expect(seen).toEqual([1, 2, 4, 5]);
  });
});

describe('a map for each CPU', () => {
  const spec = perCpuHash('counts', { key: u32, value: u16, maxEntries: 8 });

  test('has a value for each CPU, 8 bytes apart', () => {
    const raw = new MemoryMap();
    const counts = typedMap(spec, raw, 3);
    counts.set(1, [5, 6, 7]);
    expect(counts.get(1)).toEqual([5, 6, 7]);
    const bytes = raw.lookup(Uint8Array.of(1, 0, 0, 0)) ?? new Uint8Array();
    expect(toHex(bytes)).toBe('050000000000000006000000000000000700000000000000');
  });

  test('takes exactly that many values', () => {
    const counts = typedMap(spec, new MemoryMap(), 3);
    const message =
      "Map 'counts' has one value for each CPU, and was given 2 values: " +
      'give an array with one value for each of the 3 CPUs.';
    expect(() => counts.set(1, [1, 2])).toThrow(new BpfError('EINVAL', message, { map: 'counts' }));
    expect(() => counts.set(1, 9 as never)).toThrow('and was given no array');
  });
});

test('an array has all its keys, a map of devices those that are set', () => {
  const values = typedMap(array('values', { value: u64, maxEntries: 2 }), new MemoryMap(), 1);
  values.set(0, 1n);
  expect([...values.keys()]).toEqual([0]);
  const raw = new MemoryMap();
  raw.lookup = (key) => (key[0] === 1 ? Uint8Array.of(9, 0, 0, 0) : undefined);
  const devices = typedMap(devmap('devices', { maxEntries: 2 }), raw, 1);
  devices.set(0, 4);
  devices.set(1, 9);
  expect([...devices]).toEqual([[1, 9]]);
  expect([...devices.keys()]).toEqual([1]);
});

test('a queue pushes, peeks and pops', () => {
  const raw = new MemoryMap();
  const jobs = typedMap(queue('jobs', { value: Flow, maxEntries: 2 }), raw, 1);
  jobs.push(flow);
  jobs.push({ ...flow, port: 80 }, { replaceOldest: true });
  expect(raw.flags).toEqual([0, 2]);
  expect([jobs.peek(), jobs.pop(), jobs.pop(), jobs.pop()]).toEqual([flow, flow, { ...flow, port: 80 }, undefined]);
});

test('events are records, cut or filled to their layout', () => {
  const raw = new MemoryMap();
  const events = typedMap(ringBuffer('events', { value: Flow, size: 4096 }), raw, 1);
  const records = [
    Uint8Array.of(10, 0, 0, 1, 1, 0xbb, 0, 0),
    Uint8Array.of(10, 0, 0, 1, 1, 0xbb, 0, 0, 1, 2, 3),
    Uint8Array.of(10, 0, 0, 1),
  ];
  raw.records = [...records];
  expect(events.drain()).toEqual([flow, flow, { ...flow, port: 0 }]);
  raw.records = [...records];
  expect(events.drainBytes()).toEqual(records);
  expect([events.drain(), events.lost]).toEqual([[], 3]);
});

test('a program array is for its world to make', () => {
  expect(() => typedMap(programArray('chain', { maxEntries: 1 }), new MemoryMap(), 1)).toThrow(
    "Map 'chain' holds programs",
  );
});
