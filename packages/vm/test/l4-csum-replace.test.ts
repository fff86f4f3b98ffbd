import { expect, test } from 'vitest';
import { load, main } from './machine.ts';

const FLAGS = { markMangled0: 0x20, markEnforce: 0x40 };
const EINVAL = -22;

/** l4_csum_replace at offset 0 of a packet that begins with these bytes, from 1 to 0: its answer, signed 32 bits. */
function l4CsumReplace(checksum: readonly [number, number], flags: number): number {
  const object = load(`
    .program main tc
      r2 = 0
      r3 = 1
      r4 = 0
      r5 = ${flags}
      call bpf_l4_csum_replace
      exit
  `);
  const frame = new Uint8Array(64);
  frame.set(checksum);
  return main(object).testRun(frame).verdict | 0;
}

// Answers of Linux 6.18: a `from` without a size is an error, but not where there is no checksum to replace.
test('a datagram without a checksum is left alone before the size is looked at', () => {
  expect(l4CsumReplace([0, 0], FLAGS.markMangled0)).toBe(0);
  expect(l4CsumReplace([0, 0], FLAGS.markMangled0 | FLAGS.markEnforce)).toBe(EINVAL);
  expect(l4CsumReplace([1, 0], FLAGS.markMangled0)).toBe(EINVAL);
  expect(l4CsumReplace([0, 0], 0)).toBe(EINVAL);
  expect(l4CsumReplace([0, 0], FLAGS.markMangled0 | 3)).toBe(0);
  expect(l4CsumReplace([1, 0], FLAGS.markMangled0 | 3)).toBe(EINVAL);
});
