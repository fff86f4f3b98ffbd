import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  LinearMemory,
  MAX_LINEAR_FRAME,
  MachineArgumentError,
  MemoryExhaustedError,
  PACKET_BUFFER_SIZE,
  PAGE_SIZE,
  PacketBufferPool,
  PageAllocator,
} from '../src/index.ts';

describe('page allocator', () => {
  test('hands out each page once, aligned, then 0', () => {
    const pages = new PageAllocator(new LinearMemory(4), 3, 'pages');
    const addresses = [pages.allocate(), pages.allocate(), pages.allocate()];
    expect(new Set(addresses).size).toBe(3);
    expect(addresses.every((address) => address >= 65_536 && address % PAGE_SIZE === 0)).toBe(true);
    expect(pages.allocate()).toBe(0);
    expect([pages.available, pages.inUse]).toEqual([0, 3]);
  });

  test('the page that came back last goes out first', () => {
    const pages = new PageAllocator(new LinearMemory(4), 4, 'pages');
    const first = pages.allocate();
    const second = pages.allocate();
    pages.free(first);
    pages.free(second);
    expect([pages.allocate(), pages.allocate()]).toEqual([second, first]);
  });

  test('agrees with a set of pages under any sequence of calls', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(15)), { maxLength: 100 }), (calls) => {
        const pages = new PageAllocator(new LinearMemory(3), 8, 'pages');
        const held: number[] = [];
        for (const call of calls) {
          if (call === null) {
            const page = pages.allocate();
            expect(page === 0).toBe(held.length === 8);
            expect(held).not.toContain(page);
            if (page !== 0) held.push(page);
          } else if (held.length > 0) {
            pages.free(held.splice(call % held.length, 1)[0] as number);
          }
          expect(pages.inUse).toBe(held.length);
          expect(pages.available).toBe(8 - held.length);
        }
      }),
    );
  });

  test('refuses a page that is free already, by name', () => {
    const pages = new PageAllocator(new LinearMemory(3), 2, 'packet buffers of eth0');
    const page = pages.allocate();
    pages.free(page);
    expect(() => pages.free(page)).toThrow(/given back to packet buffers of eth0 is free already/);
    expect(pages.available).toBe(2);
    expect(() => pages.free(page + PAGE_SIZE)).toThrow(/free already/);
  });

  test.each([0, 1, -4096, Number.NaN, 2 ** 31])('refuses base + %s, which is no page', (offset) => {
    const pages = new PageAllocator(new LinearMemory(3), 2, 'pages');
    const page = pages.allocate();
    const address = offset === 0 ? 0 : page + offset;
    expect(() => pages.free(address)).toThrow(/is the start of no page there/);
    expect(pages.inUse).toBe(1);
  });

  test.each([0, -1, 2.5, 2 ** 21])('refuses to be made of %s pages', (capacity) => {
    expect(() => new PageAllocator(new LinearMemory(2), capacity, 'pages')).toThrow(MachineArgumentError);
  });

  test('does not fit into a memory that is too small', () => {
    expect(() => new PageAllocator(new LinearMemory(2), 17, 'pages')).toThrow(MemoryExhaustedError);
  });
});

describe('packet buffer pool', () => {
  test('has room for 3520 bytes of frame, as BPF_PROG_TEST_RUN does', () => {
    expect(PACKET_BUFFER_SIZE).toBe(4096);
    expect(MAX_LINEAR_FRAME).toBe(3520);
  });

  test('counts what is out, gives 0 when exhausted, and takes back once', () => {
    const pool = new PacketBufferPool(new LinearMemory(3), 2, 'packet buffers of eth0');
    const first = pool.take();
    pool.take();
    expect(pool.take()).toBe(0);
    expect([pool.capacity, pool.available, pool.inUse]).toEqual([2, 0, 2]);
    pool.give(first);
    expect(() => pool.give(first)).toThrow(MachineArgumentError);
    expect(pool.take()).toBe(first);
  });
});
