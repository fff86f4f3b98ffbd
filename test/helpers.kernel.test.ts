import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { CHECKSUM_CASES } from './helper-cases/checksum.ts';
import { CONTEXT_CASES } from './helper-cases/context.ts';
import { EVENT_CASES } from './helper-cases/events.ts';
import { FOR_EACH_CASES } from './helper-cases/for-each.ts';
import { filling, frameWith, zero } from './helper-cases/parameters.ts';
import { REDIRECT_CASES } from './helper-cases/redirect.ts';
import { TAIL_CALL_CASES } from './helper-cases/tail-calls.ts';
import { TC_CASES } from './helper-cases/tc.ts';
import { XDP_CASES } from './helper-cases/xdp.ts';
import { compare } from './oracle/compare.ts';
import { runs, SEED_TEXT } from './oracle/property.ts';
import { Worlds } from './oracle/worlds.ts';

const CASES = [
  ...CONTEXT_CASES,
  ...XDP_CASES,
  ...TC_CASES,
  ...CHECKSUM_CASES,
  ...REDIRECT_CASES,
  ...TAIL_CALL_CASES,
  ...FOR_EACH_CASES,
  ...EVENT_CASES,
];
const skip = inject('kernel') !== '';
let worlds: Worlds;

beforeAll(() => {
  if (!skip) worlds = new Worlds();
});
afterAll(() => {
  if (!skip) worlds[Symbol.dispose]();
});

describe(`helpers do the same in the kernel ${SEED_TEXT}`, () => {
  test.skipIf(skip).each(CASES)('$name', (given) => {
    const { object, a, b = zero, c = fc.constant(0n), prepare, frames: count = 20 } = given;
    const frames = fc.array(
      fc
        .record({ parameters: fc.record({ a, b, c }), filling })
        .map((made) => frameWith(made.parameters, made.filling)),
      { minLength: count / 2, maxLength: count, size: 'max' },
    );
    fc.assert(
      fc.property(frames, (made) => {
        // The frame's EtherType decides what a TC test run takes: let it be none that has a header.
        for (const frame of made) frame.set([0x88, 0xb5], 12);
        const result = compare(
          worlds,
          object,
          made.map((frame) => ({ frame })),
          prepare && { prepare },
        );
        if (result.refused !== undefined) throw result.refused;
        expect(result.differences).toEqual([]);
        expect(result.compared).toBe(made.length);
      }),
      runs(8),
    );
  });
});
