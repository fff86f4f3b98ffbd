import { LinearMemory } from '@hookline/machine';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DeviceBuffer } from '../src/device-buffer.ts';

const MAX = 300;

test('gives back what was stored, in order and unharmed, for as long as it turns around', () => {
  const command = fc.oneof(
    { weight: 3, arbitrary: fc.uint8Array({ minLength: 14, maxLength: MAX }) },
    { weight: 2, arbitrary: fc.constant(undefined) },
  );
  fc.assert(
    fc.property(fc.array(command, { minLength: 50, maxLength: 300, size: 'max' }), (commands) => {
      const memory = new LinearMemory(2);
      const buffer = new DeviceBuffer(memory, 1000, MAX, 'a buffer');
      const model: { bytes: Uint8Array; n: number }[] = [];
      let used = 0;
      for (const [n, bytes] of commands.entries()) {
        if (bytes !== undefined) {
          const size = Math.ceil(bytes.length / 4) * 4;
          const fits = used + size <= 1000;
          expect(buffer.push(bytes, 0, bytes.length, n % 64, n % 9, ~n)).toBe(fits);
          if (!fits) continue;
          model.push({ bytes, n });
          used += size;
        } else if (model.length > 0) {
          const { bytes: stored, n: number } = model.shift() as (typeof model)[number];
          expect(memory.bytes.slice(buffer.address, buffer.address + buffer.length)).toEqual(stored);
          expect([buffer.queue, buffer.type, buffer.hash]).toEqual([number % 64, number % 9, ~number]);
          buffer.shift();
          used -= Math.ceil(stored.length / 4) * 4;
        }
        expect([buffer.count, buffer.used]).toEqual([model.length, used]);
      }
    }),
    { numRuns: 50 },
  );
});

test('holds as many of the smallest frames as its bytes allow, again and again', () => {
  const buffer = new DeviceBuffer(new LinearMemory(2), 1000, MAX, 'a buffer');
  const frame = new Uint8Array(14);
  for (let round = 0; round < 5; round++) {
    let count = 0;
    while (buffer.push(frame, 0, frame.length, 0, 0, 0)) count++;
    // 16 bytes each.
    expect(count).toBe(62);
    while (buffer.count > 0) buffer.shift();
  }
});
