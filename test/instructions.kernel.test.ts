import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { compare } from './oracle/compare.ts';
import { runs, SEED_TEXT } from './oracle/property.ts';
import { randomProgram } from './oracle/random-operations.ts';
import { INPUT, objectOf, randomInput } from './oracle/random-program.ts';
import { Worlds } from './oracle/worlds.ts';

const skip = inject('kernel') !== '';
const FRAME = new Uint8Array(64);
let worlds: Worlds;

beforeAll(() => {
  if (!skip) worlds = new Worlds();
});
afterAll(() => {
  if (!skip) worlds[Symbol.dispose]();
});

test.skipIf(skip)(`random instruction sequences do the same in the kernel ${SEED_TEXT}`, () => {
  const parameters = runs(300);
  let compared = 0;
  let refused = 0;
  fc.assert(
    fc.property(randomProgram, fc.tuple(randomInput, randomInput, randomInput), (program, inputs) => {
      const result = compare(
        worlds,
        objectOf(program),
        inputs.map((input) => ({ frame: FRAME, before: (loaded) => loaded.map(INPUT).set(0, input) })),
      );
      compared += result.compared;
      refused += result.refused === undefined ? 0 : 1;
      expect(result.differences).toEqual([]);
    }),
    parameters,
  );
  // The verifier takes what the generator makes, but for a program with too many paths to follow now and then.
  expect(refused).toBeLessThan(parameters.numRuns / 20);
  expect(compared).toBeGreaterThan(parameters.numRuns * 2);
});
