import { describe, expect, test } from 'vitest';
import { ORIGINAL_PACE, type Pace, Pacer } from '../src/ingest/pace.ts';
import { captureOf, numbered, numberedFrames, replayed, spaced, xdpProgram } from './replayed.ts';

/** The times of frames with these timestamps (seconds, nanoseconds; undefined without). */
function times(pace: Pace, stamps: readonly (readonly [number, number] | undefined)[], length = 60): number[] {
  const pacer = new Pacer(pace);
  return stamps.map((stamp) => pacer.next(stamp !== undefined, stamp?.[0] ?? 0, stamp?.[1] ?? 0, length));
}

const YEAR_2023 = 1_700_000_000;

describe('original pace', () => {
  test('keeps distances to the nanosecond, from the first packet on', () => {
    expect(
      times(ORIGINAL_PACE, [
        [YEAR_2023, 999_999_999],
        [YEAR_2023 + 1, 0],
        [YEAR_2023 + 3, 5],
      ]),
    ).toEqual([0, 1, 2_000_000_006]);
  });

  test('with a multiplier goes that many times as fast', () => {
    const stamps = [
      [5, 0],
      [5, 1000],
      [6, 0],
    ] as const;
    expect(times({ kind: 'original', multiplier: 4 }, stamps)).toEqual([0, 250, 250_000_000]);
    expect(times({ kind: 'original', multiplier: 0.5 }, stamps)).toEqual([0, 2000, 2_000_000_000]);
  });

  test('sends what is older than the packet before together with it, and counts it', () => {
    const pacer = new Pacer(ORIGINAL_PACE);
    const sent = [100, 300, 200, 250, 400].map((nanoseconds) => pacer.next(true, 0, nanoseconds, 60));
    expect(sent).toEqual([0, 200, 200, 200, 300]);
    expect(pacer.backward).toBe(2);
  });

  test('sends what has no timestamp with the packet before; time begins with the first that has one', () => {
    expect(times(ORIGINAL_PACE, [undefined, [YEAR_2023, 0], undefined, [YEAR_2023, 700], undefined])).toEqual([
      0, 0, 0, 700, 700,
    ]);
  });

  test('begins each capture and each pass behind the last frame, at the mean distance of those before', () => {
    const pacer = new Pacer(ORIGINAL_PACE);
    const pass = (from: number): number[] => [0, 100, 300].map((at) => pacer.next(true, from, at, 60));
    pacer.nextCapture();
    expect(pass(YEAR_2023)).toEqual([0, 100, 300]);
    pacer.nextCapture();
    expect(pass(YEAR_2023)).toEqual([450, 550, 750]);
    pacer.nextCapture();
    expect(pass(1)).toEqual([900, 1000, 1200]);
    expect(pacer.backward).toBe(0);
    expect(pacer.originSeconds).toBe(YEAR_2023);
  });
});

describe('the other paces', () => {
  test('pps spaces frames evenly, also from one pass to the next', () => {
    const pacer = new Pacer({ kind: 'pps', rate: 3 });
    const sent = Array.from({ length: 4 }, (_, i) => {
      if (i === 2) pacer.nextCapture();
      return pacer.next(true, 77 * i, 0, 60);
    });
    expect(sent).toEqual([0, 1e9 / 3, 2e9 / 3, 1e9]);
  });

  test('mbps counts the bits of frames: 1250 bytes at 10 Mb/s are a millisecond', () => {
    const pacer = new Pacer({ kind: 'mbps', rate: 10 });
    expect([1250, 125, 60].map((length) => pacer.next(true, 0, 0, length))).toEqual([0, 1_000_000, 1_100_000]);
  });

  test('topspeed asks for the wire as soon as it is free', () => {
    expect(
      times({ kind: 'topspeed' }, [
        [5, 0],
        [9, 0],
      ]),
    ).toEqual([0, 0]);
  });

  test.each<[string, Pace]>([
    ['multiplier', { kind: 'original', multiplier: 0 }],
    ['multiplier', { kind: 'original', multiplier: Number.NaN }],
    ['pps', { kind: 'pps', rate: -1 }],
    ['pps', { kind: 'pps', rate: Number.POSITIVE_INFINITY }],
    ['mbps', { kind: 'mbps', rate: 1e-300 }],
  ])('a %s that is no rate is refused', (name, pace) => {
    expect(() => new Pacer(pace)).toThrow(
      expect.objectContaining({
        code: 'REPLAY_OPTION',
        message: expect.stringMatching(new RegExp(`^${name} is .*: give a number`)),
      }),
    );
  });
});

describe('on the wire', () => {
  const drop = xdpProgram('r0 = 1\nexit');

  // 84 bytes of a 64-byte frame (FCS included) at 10 Gb/s: 14.881 million a second.
  test('topspeed is the line rate: 14.881 million 64-byte frames a second at 10 Gb/s', async () => {
    const count = 20_000;
    const capture = captureOf(spaced(new Array(count).fill(numbered(1))));
    const { report } = await replayed(capture, {
      pace: { kind: 'topspeed' },
      program: drop,
      device: { queues: 1, rxUsecs: 10 },
    });
    expect(report.frames.sent).toBe(count);
    // The last frame is on the wire when all before have had their slots; then come DMA, interrupt and poll.
    const wire = count * 67.2;
    expect(report.virtualTimeNs).toBeGreaterThan(wire);
    expect(report.virtualTimeNs).toBeLessThan(wire + 15_000);
  });

  test('a frame of 1514 bytes occupies 1538 byte times: a Gb/s carries 81 274 of them a second', async () => {
    const count = 2000;
    const capture = captureOf(spaced(new Array(count).fill(numbered(1, 1514))));
    const { report } = await replayed(capture, {
      pace: { kind: 'topspeed' },
      program: drop,
      device: { queues: 1, lineRate: 1e9, rxUsecs: 10 },
    });
    expect((count * 1e9) / report.virtualTimeNs).toBeCloseTo(81_274, -3);
  });

  test('the output carries the times of the capture', async () => {
    const start = 1_234_567_890_123_456_789n;
    const { output } = await replayed(captureOf(spaced(numberedFrames(5), 1_000_000n, start)), {
      device: { queues: 1, rxUsecs: 0 },
      program: xdpProgram('r0 = 3\nexit'),
    });
    expect(output).toHaveLength(5);
    for (const [i, { timestamp }] of output.entries()) {
      const since = timestamp - (start + BigInt(i) * 1_000_000n);
      // Wire, DMA, wake-up, XDP, DMA, wire.
      expect(since).toBeGreaterThan(1000n);
      expect(since).toBeLessThan(3000n);
    }
  });
});
