import { craft, ipv4, ipv6, tcp, vlan } from '@hookline/packet';
import { loadService } from '@hookline/programs';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { compare, type Run } from './oracle/compare.ts';
import { setLiveInputs } from './oracle/live-inputs.ts';
import { runs, SEED_TEXT } from './oracle/property.ts';
import { Worlds } from './oracle/worlds.ts';
import { mutatedFrame } from './random-frames.ts';

/* The SYN guard in both worlds, with a clock that moves from packet to packet. */

const skip = inject('kernel') !== '';
let worlds: Worlds;
const { schema, build, control } = await loadService('syn-guard');

beforeAll(() => {
  if (!skip) worlds = new Worlds();
});
afterAll(() => {
  if (!skip) worlds[Symbol.dispose]();
});

const SYNS = [80, 443].flatMap((destinationPort) =>
  [1, 2].flatMap((sequenceNumber) => {
    const syn = tcp({ destinationPort, sequenceNumber, flags: ['SYN'] });
    return [ipv4({}, syn), ipv6({}, syn), vlan({ vlanId: 7 }, ipv4({ source: '10.1.2.3' }, syn))].map((one) =>
      craft(one, { minimumLength: 60 }),
    );
  }),
);
const frame = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...SYNS) }, mutatedFrame);
const gap = fc.constantFrom(0n, 1_000_000n, 799_000_000n, 1_000_000_000n, 3_000_000_000n);

test.skipIf(skip).each([
  ['room enough', { threshold: { perSecond: 1, burst: 2 } }],
  ['little room', { threshold: { perSecond: 1, burst: 2 }, destinations: 1, pending: 2 }],
])(`with %s ${SEED_TEXT}`, (_what, given) => {
  const config = schema.parse(given);
  const object = build(config);
  const traffic = fc.array(fc.tuple(frame, gap), { minLength: 60, maxLength: 100, size: 'max' });
  fc.assert(
    fc.property(traffic, (arrivals) => {
      let now = 1_000_000_000n;
      const timed = arrivals.map(([frame, gap]) => {
        now += gap;
        return { frame, time: now };
      });
      const through = ['synGuard', 'synGuardTc'].flatMap((program) =>
        timed.map(
          ({ frame, time }): Run => ({
            program,
            frame,
            before: (loaded) => setLiveInputs(loaded, { ktime_get_ns: time }),
          }),
        ),
      );
      const result = compare(worlds, object, through, { prepare: (loaded) => void control(loaded, config) });
      expect(result.refused).toBeUndefined();
      expect(result.differences).toEqual([]);
      expect(result.compared).toBeGreaterThan(arrivals.length);
    }),
    runs(8),
  );
});
