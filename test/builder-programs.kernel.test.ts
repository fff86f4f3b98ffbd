import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { compare } from './oracle/compare.ts';
import { runs, SEED_TEXT } from './oracle/property.ts';
import { Worlds } from './oracle/worlds.ts';
import { MAPS, objectOf, programTree } from './random-builder-program.ts';
import { FRAMES, mutatedFrame } from './random-frames.ts';

const skip = inject('kernel') !== '';
let worlds: Worlds;

beforeAll(() => {
  if (!skip) worlds = new Worlds();
});
afterAll(() => {
  if (!skip) worlds[Symbol.dispose]();
});

test.skipIf(skip)(`random programs of the builder do the same in the kernel ${SEED_TEXT}`, () => {
  const parameters = runs(300);
  let compared = 0;
  fc.assert(
    fc.property(programTree, fc.array(mutatedFrame, { minLength: 4, maxLength: 8 }), (tree, mutated) => {
      const frames = [...FRAMES, ...mutated];
      const result = compare(
        worlds,
        objectOf(tree),
        frames.map((frame) => ({ frame })),
        {
          prepare(loaded) {
            loaded.map(MAPS.denied).set('10.0.0.0/8', 3);
            loaded.map(MAPS.denied).set('192.0.2.0/24', 5);
            for (const key of [0, 1, 2, 443]) loaded.map(MAPS.numbers).set(key, key * 7);
          },
        },
      );
      compared += result.compared;
      expect(result.refused?.message).toBeUndefined();
      expect(result.differences).toEqual([]);
    }),
    parameters,
  );
  expect(compared).toBeGreaterThan(parameters.numRuns * 10);
});
