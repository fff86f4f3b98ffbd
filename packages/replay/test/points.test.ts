import { Writable } from 'node:stream';
import { assemble } from '@hookline/bpf';
import { craft, ipv4, udp, vlan } from '@hookline/packet';
import { createCapture, openCapture } from '@hookline/pcap';
import { describe, expect, test } from 'vitest';
import { CAPTURE_POINTS, type CapturePoint, type ReplayOptions, type ReplayProgram, replay } from '../src/index.ts';
import { captureOf, numbered, numberOf, replayed, SMALL_HOST, spaced, xdpProgram } from './replayed.ts';

const START = 1_700_000_000_000_000_000n;

interface Seen {
  readonly point: string;
  readonly number: number;
  readonly bytes: Uint8Array;
  /** Nanoseconds since the capture's first packet. */
  readonly time: number;
  readonly comment: string | undefined;
}

async function seen(
  frames: readonly Uint8Array[],
  options: Partial<ReplayOptions>,
  points: readonly CapturePoint[] = CAPTURE_POINTS,
) {
  const chunks: Uint8Array[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Uint8Array.from(chunk));
      done();
    },
  });
  const output = createCapture(sink, { interfaces: [] });
  const captures = [{ source: captureOf(spaced(frames, 10_000n, START)) }];
  const report = await replay({
    host: SMALL_HOST,
    device: { queues: 1, rxUsecs: 0 },
    ...options,
    captures,
    output,
    points,
  }).run();
  await output.close();
  const written = Buffer.concat(chunks);
  const capture = await openCapture(written);
  const packets: Seen[] = [];
  for await (const { bytes, timestamp, interfaceIndex, comments } of capture) {
    packets.push({
      point: capture.interfaces[interfaceIndex]?.name ?? '',
      number: numberOf(bytes),
      bytes: Uint8Array.from(bytes),
      time: Number((timestamp as bigint) - START),
      comment: comments[0],
    });
  }
  const at = (point: string) => packets.filter((packet) => packet.point === point);
  return { report, packets, at, written, interfaces: capture.interfaces.map(({ name }) => name) };
}

/** Returns what the frame's last byte says. */
const byLastByte = xdpProgram(`
  .program own xdp
  r2 = *(u32 *)(r1 +0)
  r3 = *(u32 *)(r1 +4)
  r4 = r2
  r4 += 60
  r0 = 2
  if r4 > r3 goto out
  r0 = *(u8 *)(r2 +59)
  out: exit`);

function tcProgram(text: string): ReplayProgram {
  const object = assemble(`.program classify sched_cls\n${text}\nexit`);
  return { name: 'classify', object, tc: 'classify' };
}

describe('capture points', () => {
  test('show each frame where it comes by, with verdicts and reasons', async () => {
    const frames = [0, 1, 2, 3, 4, 9].map((verdict) => numbered(verdict));
    const { at, report, interfaces } = await seen(frames, { program: byLastByte });
    expect(interfaces).toEqual(CAPTURE_POINTS.map((point) => `eth0-${point}`));
    const numbers = (point: string) => at(point).map(({ number }) => number);
    expect(numbers('eth0-wire-rx')).toEqual([0, 1, 2, 3, 4, 9]);
    expect(numbers('eth0-xdp-entry')).toEqual([0, 1, 2, 3, 4, 9]);
    expect(at('eth0-xdp-exit').map(({ comment }) => comment)).toEqual([
      'verdict ABORTED',
      'verdict DROP',
      'verdict PASS',
      'verdict TX',
      'verdict REDIRECT',
      'verdict unknown (9)',
    ]);
    expect(at('eth0-tc-ingress')).toMatchObject([{ number: 2, comment: 'verdict OK' }]);
    expect(numbers('eth0-tc-egress')).toEqual([]);
    expect(numbers('eth0-wire-tx')).toEqual([3]);
    expect(at('eth0-drops').map(({ number, comment }) => [number, comment])).toEqual([
      [0, 'reason XDP_ABORTED'],
      [1, 'reason XDP'],
      [4, 'reason XDP_REDIRECT_ERROR'],
      [9, 'reason XDP_ABORTED'],
    ]);
    expect(report.drops).toEqual({ XDP: 1, XDP_ABORTED: 2, XDP_REDIRECT_ERROR: 1 });
  });

  test('are dated in virtual time, exactly', async () => {
    const { at } = await seen([numbered(3), numbered(3), numbered(3)], { program: byLastByte });
    const times = (point: string) => at(point).map(({ time }) => time);
    expect(times('eth0-wire-rx')).toEqual([0, 10_000, 20_000]);
    const [, entry = 0, next = 0] = times('eth0-xdp-entry');
    // 72 bytes with FCS and preamble take 57.6 ns at 10 Gb/s; the device has the frame only then.
    expect(entry).toBeGreaterThanOrEqual(10_057);
    expect(times('eth0-wire-tx')[1]).toBeGreaterThanOrEqual(entry + 57);
    // The first frame has waited for the device to come up; those after it all take the same way.
    expect(next - entry).toBe(10_000);
  });

  test('show what an XDP program has made of the frame at its exit', async () => {
    const decrement = xdpProgram(`
      .program decrement xdp
      r2 = *(u32 *)(r1 +0)
      r3 = *(u32 *)(r1 +4)
      r4 = r2
      r4 += 60
      r0 = 2
      if r4 > r3 goto out
      r5 = *(u8 *)(r2 +22)
      r5 += -1
      *(u8 *)(r2 +22) = r5
      out: exit`);
    const { at } = await seen([numbered(1)], { program: decrement });
    expect(['xdp-entry', 'xdp-exit', 'tc-ingress'].map((point) => at(`eth0-${point}`)[0]?.bytes[22])).toEqual([
      64, 63, 63,
    ]);
  });

  test('show TC redirects from device to device, with the VLAN tag in its place', async () => {
    const tagged = craft(vlan({ vlanId: 5 }, ipv4({}, udp({}, new Uint8Array(30).fill(7)))));
    const options = {
      program: tcProgram('r1 = 3\nr2 = 0\ncall bpf_redirect'),
      otherDevices: [{ name: 'eth1', queues: 1 }],
    };
    const { packets, interfaces } = await seen([tagged], options);
    expect(interfaces).toContain('eth1-tc-egress');
    expect(interfaces).not.toContain('eth1-wire-rx');
    expect(packets.map(({ point, comment }) => [point, comment])).toEqual([
      ['eth0-wire-rx', undefined],
      ['eth0-tc-ingress', 'verdict REDIRECT'],
      ['eth1-tc-egress', 'verdict OK'],
      ['eth1-wire-tx', undefined],
    ]);
    for (const { bytes } of packets) expect(bytes).toEqual(tagged);
    const shot = await seen([tagged], { program: tcProgram('r0 = 2') });
    expect(shot.at('eth0-tc-ingress')).toMatchObject([{ comment: 'verdict SHOT' }]);
    expect(shot.at('eth0-drops')).toMatchObject([{ comment: 'reason TC_INGRESS', bytes: tagged }]);
    const nowhere = await seen([tagged], { program: tcProgram('r0 = 7') });
    expect(nowhere.at('eth0-drops')).toMatchObject([{ comment: 'reason TC_INGRESS', bytes: tagged }]);
  });

  test('count as many drops by reason as the report, also of broadcasts and full rings', async () => {
    const broadcast: ReplayProgram = {
      ...xdpProgram(`
        .map targets devmap entries 8
        .program forward xdp
        r1 = map[targets]
        r2 = 0
        r3 = 8
        call bpf_redirect_map
        exit`),
      ready: ({ maps }) => {
        const targets = maps.targets as unknown as { set(key: number, value: number): void };
        for (const [key, ifindex] of [2, 3].entries()) targets.set(key, ifindex);
      },
    };
    const programs = [
      broadcast,
      xdpProgram('.program none xdp\nr0 = 4\nexit'),
      xdpProgram('.program tx xdp\nr0 = 3\nexit'),
    ];
    const frames = Array.from({ length: 300 }, (_, i) => numbered(i, 1400));
    for (const program of programs) {
      const { report, at } = await seen(frames, {
        program,
        pace: { kind: 'topspeed' },
        device: { queues: 1, rxUsecs: 0, txRing: 64 },
        otherDevices: [{ name: 'eth1', queues: 1, txRing: 64, mtu: 1000 }],
      });
      const counted: Record<string, number> = {};
      for (const { comment = '' } of at('eth0-drops')) {
        const reason = comment.replace('reason ', '');
        counted[reason] = (counted[reason] ?? 0) + 1;
      }
      expect(counted).toEqual(report.drops);
      const left = at('eth0-wire-tx').length + at('eth1-wire-tx').length;
      expect(left).toBe(report.frames.transmitted);
    }
  });

  test('change nothing but the output, and are the same each time', async () => {
    const frames = [1, 2, 3, 2, 4].map((verdict) => numbered(verdict));
    const options = { program: byLastByte, device: { queues: 1, rxUsecs: 0 } };
    const watched = await seen(frames, options);
    const plain = await replayed(captureOf(spaced(frames, 10_000n, START)), options);
    expect(watched.report).toEqual(plain.report);
    expect((await seen(frames, options)).written).toEqual(watched.written);
  });

  test('are only those that were asked for', async () => {
    const { packets, interfaces } = await seen([numbered(1), numbered(2)], { program: byLastByte }, [
      'drops',
      'wire-rx',
    ]);
    expect(interfaces).toEqual(['eth0-drops', 'eth0-wire-rx']);
    expect(packets.map(({ point }) => point).toSorted()).toEqual(['eth0-drops', 'eth0-wire-rx', 'eth0-wire-rx']);
  });

  test.each([
    [{ points: [] }, /^points is empty: give some of wire-rx, /],
    [{ points: ['nowhere' as 'drops'] }, /^there is no point 'nowhere': give some of wire-rx, /],
    [{ points: ['drops' as const] }, /^points are captured into the output: give one\.$/],
  ])('refuse %j', (options, message) => {
    const prepare = () => replay({ captures: [{ source: captureOf([]) }], ...options });
    expect(prepare).toThrow(
      expect.objectContaining({ code: 'REPLAY_OPTION', message: expect.stringMatching(message) }),
    );
  });
});
