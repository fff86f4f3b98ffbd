import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { KernelHost } from '@hookline/attach';
import type { LoadedObject, Row } from '@hookline/bpf';
import { craft, ipv4, tcp } from '@hookline/packet';
import { loadService, type RateLimiterControl } from '@hookline/programs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { compare, type Run } from './oracle/compare.ts';
import { pinLiveInputs, setLiveInputs } from './oracle/live-inputs.ts';
import { runs, SEED_TEXT } from './oracle/property.ts';
import type { TestRunWork } from './oracle/test-run-worker.ts';
import { Worlds } from './oracle/worlds.ts';
import { FRAMES, mutatedFrame } from './random-frames.ts';
import { CAPTURES, framesOf } from './shipped-captures.ts';

/*
 * The rate limiter in both worlds, with a clock that moves from packet to packet; and in the kernel alone on several CPUs
 * at the same time, where a bucket must not give out one token more or less than it has.
 */

const skip = inject('kernel') !== '';
let worlds: Worlds;
const { schema, build, control } = await loadService('rate-limiter');

beforeAll(() => {
  if (!skip) worlds = new Worlds();
});
afterAll(() => {
  if (!skip) worlds[Symbol.dispose]();
});

const CONFIGS: Readonly<Record<string, object>> = {
  everything: {
    sources: { limit: { packets: 3, burst: 4 }, ipv4: 31, ipv6: 127 },
    services: [
      { name: 'web', destination: '192.0.2.2', protocol: 'tcp', port: 443, limit: { packets: 7, burst: 3 } },
      { name: 'dns', destination: '2001:db8::2', protocol: 'udp', port: 1000, limit: { bits: 999, burst: 2000 } },
      { name: 'host', destination: '192.0.2.2', limit: { bits: 8000, burst: 4000 } },
    ],
    allow: ['10.0.0.0/8', '2001:db8:ffff::/48'],
  },
  'short prefixes': { sources: { limit: { bits: 1000, burst: 3000 }, ipv4: 8, ipv6: 33 } },
  'few sources': { sources: { limit: { packets: 3, burst: 2 }, entries: 2, ipv6: 128 } },
  nothing: {},
};

/** The same frames through both hooks, at these times. */
function timed(frames: readonly { readonly frame: Uint8Array; readonly time: bigint }[]): Run[] {
  return ['rateLimiter', 'rateLimiterTc'].flatMap((program) =>
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
    const gap = fc.constantFrom(0n, 1_000_000n, 70_000_000n, 400_000_000n);
    const traffic = fc.array(fc.tuple(mutatedFrame, gap), { minLength: 30, maxLength: 60, size: 'max' });
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
      runs(6),
    );
  });
});

test.skipIf(skip).each(CAPTURES)('over %s, at the times of its packets', async (capture) => {
  const config = schema.parse({
    sources: { limit: { packets: 50, burst: 5 }, ipv4: 24 },
    services: [{ name: 'web', destination: '198.51.100.80', limit: { bits: 100_000, burst: 100_000 } }],
  });
  const frames = await framesOf(capture);
  const result = compare(worlds, build(config), timed(frames), { prepare: (loaded) => void control(loaded, config) });
  expect(result.refused).toBeUndefined();
  expect(result.differences).toEqual([]);
  expect(result.compared).toBeGreaterThanOrEqual(frames.length);
});

describe('on several CPUs at the same time', () => {
  const CPUS = [0, 1];
  const BURST = 100_000;
  /** Tokens that a millisecond of the pinned clock adds. */
  const PER_MILLISECOND = 1000;
  const STEPS = 50;
  const frame = craft(ipv4({ destination: '192.0.2.80' }, tcp({ destinationPort: 443 })));
  const limit = { packets: PER_MILLISECOND * 1000, burst: BURST };

  const at = (millisecond: number) => ({ ktime_get_ns: BigInt(millisecond) * 1_000_000n });
  const rowOf = (rows: readonly Row[], label: string) => rows.find((row) => row.label === label)?.packets ?? 0n;

  /** Runs the program on all CPUs while `during` goes on; how often it has run. */
  async function inParallel(loaded: LoadedObject, during: () => Promise<void>): Promise<number> {
    const program = loaded.programs.rateLimiter as LoadedObject['programs'][string] & { readonly fd: number };
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const workers = CPUS.map((cpu) => {
      // The definition alone: what the builder hangs onto it cannot be sent.
      const { spec, fd } = program;
      const workerData: TestRunWork = { spec: structuredClone(spec), fd, frame, cpu, stop };
      return new Worker(new URL('./oracle/test-run-worker.ts', import.meta.url), { workerData });
    });
    const counts = workers.map((worker) => once(worker, 'message'));
    try {
      await during();
    } finally {
      Atomics.store(stop, 0, 1);
    }
    const results = await Promise.all(counts);
    await Promise.all(workers.map((worker) => worker.terminate()));
    return results.reduce((sum, [count]) => sum + (count as number), 0);
  }

  test.skipIf(skip || availableParallelism() < CPUS.length).each([
    ['a source', { sources: { limit } }, 'within the limits, no service', 'source over its limit'],
    [
      'a service',
      { services: [{ name: 'web', destination: '192.0.2.80', limit }] },
      'service web',
      'service web, over its limit',
    ],
  ])('the bucket of %s gives out all its tokens, each once', async (_what, given, passed, over) => {
    const config = schema.parse(given);
    using host = new KernelHost();
    using loaded = host.load(pinLiveInputs(build(config), at(1000)));
    const { rows } = control(loaded, config) as RateLimiterControl;
    const emptied = async (tokens: number) => {
      for (let i = 0; i < 2000 && rowOf(rows(), passed) < tokens; i++) await setTimeout(1);
    };

    const sent = await inParallel(loaded, async () => {
      await emptied(BURST);
      for (let step = 1; step <= STEPS; step++) {
        setLiveInputs(loaded, at(1000 + step));
        await emptied(BURST + step * PER_MILLISECOND);
      }
    });

    expect(rowOf(rows(), passed)).toBe(BigInt(BURST + STEPS * PER_MILLISECOND));
    expect(rowOf(rows(), passed) + rowOf(rows(), over) + rowOf(rows(), 'undecided')).toBe(BigInt(sent));
    expect(sent).toBeGreaterThan(2 * BURST);
  });
});

test.skipIf(skip)('as much as the configuration takes is loaded', () => {
  const config = schema.parse({
    sources: { limit: { bits: 1_000_000_000_000, burst: 4_000_000_000 }, entries: 1_000_000 },
    services: Array.from({ length: 1000 }, (_, i) => ({
      name: `service ${i}`,
      destination: i % 2 ? `10.0.${i >> 8}.${i & 255}` : `2001:db8::${i.toString(16)}`,
      protocol: i % 4 < 2 ? 'tcp' : 'udp',
      port: i,
      limit: { packets: 999, burst: 1000 },
    })),
  });
  using loaded = worlds.load(build(config));
  control(loaded, config);
  expect(loaded.programs.rateLimiter?.testRun(craft(ipv4({}, tcp()))).verdict).toBe(2);
});
