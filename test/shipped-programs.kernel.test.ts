import { basename } from 'node:path';
import { Random } from '@hookline/machine';
import { services } from '@hookline/programs';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { compare, type Run } from './oracle/compare.ts';
import { Worlds } from './oracle/worlds.ts';
import { CAPTURES, framesOf } from './shipped-captures.ts';

/*
 * Every program that ships, with its default configuration, over every capture that ships: the kernel and the simulator
 * agree on verdict, packet bytes and the contents of all maps, the counters among them.
 */

const worlds = new Worlds();
afterAll(() => worlds[Symbol.dispose]());

/** Where headers are: a change behind them changes nothing. */
const HEADERS = 80;
const CHANGES = 3;

/** The frame with a few bytes of its headers changed, or cut off in them. */
function mutated(frame: Uint8Array, random: Random): Uint8Array {
  const copy = random.u32() % 4 === 0 ? frame.slice(0, 14 + (random.u32() % HEADERS)) : frame.slice();
  for (let i = 0; i < CHANGES; i++) {
    // The first 12 bytes are addresses that no program looks at.
    const at = 12 + (random.u32() % HEADERS);
    if (at < copy.length) copy[at] = random.u32() & 0xff;
  }
  return copy;
}

test('captures ship, and programs', () => {
  expect(CAPTURES.length).toBeGreaterThanOrEqual(10);
  expect(services.length).toBeGreaterThanOrEqual(4);
});

describe.each(services)('$name', (shipped) => {
  test.skipIf(inject('kernel') !== '').each(CAPTURES)('does the same in both worlds with %s', async (capture) => {
    const service = await shipped.load();
    const config = service.defaults;
    const object = service.build(config);
    const random = new Random(basename(capture).length);
    const frames = (await framesOf(capture)).map(({ frame }) => frame);
    const traffic = frames.flatMap((frame) => [frame, mutated(frame, random)]);
    const runs = Object.keys(object.programs).flatMap((program) => traffic.map((frame): Run => ({ program, frame })));

    const result = compare(worlds, object, runs, { prepare: (loaded) => void service.control(loaded, config) });

    expect(result.refused).toBeUndefined();
    expect(result.differences).toEqual([]);
    expect(result.compared).toBeGreaterThanOrEqual(frames.length * 2);
  });
});
