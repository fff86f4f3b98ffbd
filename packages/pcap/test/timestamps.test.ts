import { encodeCapture } from '@hookline/pcap';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concat, enhancedPacket, interfaceBlock, readAll, sectionHeader } from './raw-capture.ts';

const counts = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  // Around the edges of seconds of common units, today.
  fc
    .tuple(fc.integer({ min: -2, max: 2 }), fc.constantFrom(10n ** 6n, 10n ** 9n, 2n ** 30n))
    .map(([delta, unit]) => 1_700_000_000n * unit + BigInt(delta)),
);

/** Nanoseconds by the definition: units / base^exponent seconds, rounded down. */
function expected(units: bigint, base: bigint, exponent: number, offset: bigint): bigint {
  return (units * 1_000_000_000n) / base ** BigInt(exponent) + offset * 1_000_000_000n;
}

test('every unit of time is converted exactly', async () => {
  const exponents = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 127 }));
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      exponents,
      fc.array(counts, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: -1e9, max: 1e9 }),
      async (binary, exponent, all, offset) => {
        const scale = binary ? 2n : 10n;
        // Seconds are a double: exact up to 2^53, leaving room for the offset.
        const counted = all.filter((units) => units / scale ** BigInt(exponent) < 2n ** 52n);
        fc.pre(counted.length > 0);
        const view = new DataView(new ArrayBuffer(8));
        view.setBigInt64(0, BigInt(offset), true);
        const idb = interfaceBlock(true, 1, 0, [
          [9, [exponent | (binary ? 0x80 : 0)]],
          [14, new Uint8Array(view.buffer)],
        ]);
        const blocks = counted.map((units) => enhancedPacket(true, 0, units, new Uint8Array(0)));
        const { packets } = await readAll(concat(sectionHeader(true), idb, ...blocks));
        expect(packets.map(({ timestamp }) => timestamp)).toEqual(
          counted.map((units) => expected(units, scale, exponent, BigInt(offset))),
        );
      },
    ),
    { numRuns: 500 },
  );
});

test('what is written comes back to the nanosecond', async () => {
  for (const [format, last] of [
    ['pcapng', 18_446_744_072_999_999_999n],
    ['pcap', 4_294_967_295_999_999_999n],
  ] as const) {
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: 0n, max: last }), async (timestamp) => {
        const { packets } = await readAll(encodeCapture([{ bytes: new Uint8Array(1), timestamp }], { format }));
        expect(packets[0]?.timestamp).toBe(timestamp);
      }),
      { numRuns: 200 },
    );
  }
});
