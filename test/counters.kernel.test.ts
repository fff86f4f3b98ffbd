import { craft, ipv4, tcp } from '@hookline/packet';
import { loadService } from '@hookline/programs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { compare, type Run } from './oracle/compare.ts';
import { setLiveInputs } from './oracle/live-inputs.ts';
import { runs, SEED_TEXT } from './oracle/property.ts';
import { Worlds } from './oracle/worlds.ts';
import { FRAMES, mutatedFrame } from './random-frames.ts';
import { CAPTURES, framesOf } from './shipped-captures.ts';

/*
 * The counters in both worlds, with a clock that moves from packet to packet: the same tables, flows, histograms and
 * events, whatever is switched on.
 */

const skip = inject('kernel') !== '';
let worlds: Worlds;
const { schema, build, control } = await loadService('counters');

beforeAll(() => {
  if (!skip) worlds = new Worlds();
});
afterAll(() => {
  if (!skip) worlds[Symbol.dispose]();
});

/** Each thing alone, everything, and tables that are too small for the traffic. */
const CONFIGS: Readonly<Record<string, object>> = {
  everything: {
    ports: { sides: ['source', 'destination'], learn: 4 },
    prefixes: { source: ['192.0.2.0/24', '10.0.0.0/8', '2001:db8::/32'], destination: ['0.0.0.0/0', '::/0'] },
    flows: { entries: 256, events: { perSecond: 9, burst: 2 } },
  },
  'small tables': { ports: { learn: 2 }, flows: { entries: 3, events: { perSecond: 1000, burst: 4000 } } },
  'protocols only': { tcpFlags: false, ports: false, flows: false, sizes: false, interArrival: false },
  'flags only': { protocols: false, ports: false, flows: false, sizes: false, interArrival: false },
  'ports only': { protocols: false, tcpFlags: false, flows: false, sizes: false, interArrival: false },
  'flows only': { protocols: false, tcpFlags: false, ports: false, sizes: false, interArrival: false },
  'histograms only': { protocols: false, tcpFlags: false, ports: false, flows: false, sizes: [60, 61, 100] },
};

/** The same frames through both hooks, at these times. */
function timed(frames: readonly { readonly frame: Uint8Array; readonly time: bigint }[]): Run[] {
  return ['counters', 'countersTc'].flatMap((program) =>
    frames.map(
      ({ frame, time }): Run => ({
        program,
        frame,
        before: (loaded) => setLiveInputs(loaded, { ktime_get_ns: time }),
      }),
    ),
  );
}

describe.each(Object.entries(CONFIGS))('%s', (_name, given) => {
  const config = schema.parse(given);

  test.skipIf(skip)(`over mutated frames ${SEED_TEXT}`, () => {
    const object = build(config);
    const gap = fc.constantFrom(0n, 1n, 1500n, 70_000n, 400_000_000n);
    const traffic = fc.array(fc.tuple(mutatedFrame, gap), { minLength: 20, maxLength: 40, size: 'max' });
    fc.assert(
      fc.property(traffic, (mutated) => {
        let now = 1_000_000_000n;
        const frames = [...FRAMES.map((frame) => [frame, 1000n] as const), ...mutated].map(([frame, gap]) => {
          now += gap;
          return { frame, time: now };
        });
        const result = compare(worlds, object, timed(frames), { prepare: (loaded) => void control(loaded, config) });
        expect(result.refused).toBeUndefined();
        expect(result.differences).toEqual([]);
        expect(result.compared).toBeGreaterThan(FRAMES.length);
      }),
      runs(4),
    );
  });
});

test.skipIf(skip).each(CAPTURES)('over %s, at the times of its packets', async (capture) => {
  const config = schema.parse(CONFIGS.everything);
  const frames = await framesOf(capture);
  const result = compare(worlds, build(config), timed(frames), { prepare: (loaded) => void control(loaded, config) });
  expect(result.refused).toBeUndefined();
  expect(result.differences).toEqual([]);
  expect(result.compared).toBeGreaterThanOrEqual(frames.length);
});

test.skipIf(skip)('as much as the configuration takes is loaded', () => {
  const config = schema.parse({
    ports: { sides: ['source', 'destination'], watch: Array.from({ length: 1024 }, (_, i) => i), learn: 65_536 },
    prefixes: { source: Array.from({ length: 2048 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`) },
    flows: { entries: 1_000_000 },
    sizes: Array.from({ length: 64 }, (_, i) => 24 * (i + 1)),
  });
  using loaded = worlds.load(build(config));
  control(loaded, config);
  const program = Object.values(loaded.programs)[0];
  expect(program?.testRun(craft(ipv4({}, tcp()))).verdict).toBe(2);
});
