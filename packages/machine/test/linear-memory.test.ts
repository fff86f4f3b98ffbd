import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LinearMemory, MachineArgumentError, MemoryExhaustedError } from '../src/index.ts';

describe('linear memory', () => {
  test('spans the whole 32-bit address space by default, and all views see the same little-endian bytes', () => {
    const memory = new LinearMemory();
    expect(memory.size).toBe(2 ** 32);
    const last = 2 ** 32 - 4;
    memory.words[last / 4] = 0x01020304;
    expect([...memory.bytes.subarray(last)]).toEqual([4, 3, 2, 1]);
    expect(memory.halves[last / 2]).toBe(0x0304);
    expect(memory.view.getUint32(last, true)).toBe(0x01020304);
  });

  test('never hands out the first 64 KiB', () => {
    const memory = new LinearMemory(2);
    expect(memory.available).toBe(65_536);
    expect(memory.reserve(1, 'a byte')).toBe(65_536);
  });

  test('reserves ranges that are aligned, disjoint and inside the memory', () => {
    const request = fc.record({ bytes: fc.nat(20_000), alignment: fc.nat(12).map((power) => 2 ** power) });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 30 }), (requests) => {
        const memory = new LinearMemory(4);
        let end = 65_536;
        for (const { bytes, alignment } of requests) {
          const room = memory.available;
          const fits = Math.ceil(end / alignment) * alignment + bytes <= memory.size;
          if (!fits) {
            expect(() => memory.reserve(bytes, 'it', alignment)).toThrow(MemoryExhaustedError);
            expect(memory.available).toBe(room);
            continue;
          }
          const start = memory.reserve(bytes, 'it', alignment);
          expect(start % alignment).toBe(0);
          expect(start).toBeGreaterThanOrEqual(end);
          end = start + bytes;
          expect(memory.available).toBe(memory.size - end);
        }
      }),
    );
  });

  test('says what did not fit, how much of it, and what to do', () => {
    const memory = new LinearMemory(2);
    expect(() => memory.reserve(70_000, 'map denied')).toThrow(
      "map denied needs 70000 bytes, but only 65536 of the machine's 131072 are left: " +
        'ask for fewer entries, smaller values or fewer simulated CPUs.',
    );
    expect(memory.reserve(65_536, 'all of it')).toBe(65_536);
    expect(() => memory.reserve(1, 'one more')).toThrow(expect.objectContaining({ code: 'MEMORY_EXHAUSTED' }));
  });

  test.each([0, 1, -1, 1.5, Number.NaN, 65_537])('refuses a memory of %s pages', (pages) => {
    expect(() => new LinearMemory(pages)).toThrow(MachineArgumentError);
  });

  test.each([
    [-1, 8],
    [1.5, 8],
    [Number.NaN, 8],
    [Infinity, 8],
    [8, 0],
    [8, 3],
    [8, -8],
    [8, 2 ** 31],
  ])('refuses %s bytes aligned to %s', (bytes, alignment) => {
    const memory = new LinearMemory(2);
    expect(() => memory.reserve(bytes, 'map denied', alignment)).toThrow(
      expect.objectContaining({ code: 'MACHINE_ARGUMENT', message: expect.stringContaining('map denied') }),
    );
    expect(memory.available).toBe(65_536);
  });
});
