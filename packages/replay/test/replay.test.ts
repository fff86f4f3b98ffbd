import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { assemble } from '@hookline/bpf';
import { createCapture } from '@hookline/pcap';
import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { flatCounters, type ReplayEvent, type ReplayOptions, replay, type SampleEvent } from '../src/index.ts';
import { captureOf, numbered, numberedFrames, numberOf, replayed, SMALL_HOST, spaced, xdpProgram } from './replayed.ts';

const FIVE = captureOf(spaced(numberedFrames(5)));
const ONE_QUEUE = { queues: 1, rxUsecs: 0 };

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function eventsOf(options: Omit<ReplayOptions, 'host'>): Promise<ReplayEvent[]> {
  return lastValueFrom(replay({ host: SMALL_HOST, ...options }).events.pipe(toArray()));
}

describe('what is read', () => {
  test('is a path, a URL, bytes or a stream', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hookline-replay-'));
    try {
      const path = join(folder, 'five.pcapng');
      writeFileSync(path, FIVE);
      const sources = [path, pathToFileURL(path), FIVE, chunks(FIVE, 7)];
      const names = [path, path, '<bytes>', '<stream>'];
      for (const [i, source] of sources.entries()) {
        const report = await replay({ host: SMALL_HOST, captures: [{ source }] }).run();
        expect(report.captures).toEqual([{ file: names[i], packets: 5 }]);
        expect(report.frames).toMatchObject({ sent: 5, received: 5, missed: 0, sentBytes: 300, delivered: 5 });
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('may be several captures, one after the other, whenever they were recorded', async () => {
    const earlier = captureOf(spaced([numbered(10), numbered(11)], 1000n, 5n));
    const { report, output } = await replayed([FIVE, earlier], { device: ONE_QUEUE });
    expect(output.map(({ bytes }) => numberOf(bytes))).toEqual([0, 1, 2, 3, 4, 10, 11]);
    expect(report.captures.map(({ packets }) => packets)).toEqual([5, 2]);
    expect(report.warnings).toEqual([]);
    // Seven frames a microsecond apart, and what the last one takes.
    expect(report.virtualTimeNs).toBeGreaterThan(6000);
    expect(report.virtualTimeNs).toBeLessThan(9000);
  });

  test.each([
    [0, 0],
    [1, 1],
    [4, 4],
    [5, 5],
    [7, 7],
    [10, 10],
    [99, 10],
  ])('is at most `limit`: %i of ten packets', async (limit, sent) => {
    const { report } = await replayed([FIVE, FIVE], { limit });
    expect(report.frames.sent).toBe(sent);
    expect(report.captures.map(({ packets }) => packets)).toEqual([Math.min(sent, 5), Math.max(sent - 5, 0)]);
    expect(report.error).toBeNull();
  });

  test('is read `loop` times, and `limit` counts over all passes', async () => {
    const looped = await replayed(FIVE, { loop: 3 });
    expect(looped.report.captures[0]?.packets).toBe(15);
    expect(looped.report.frames.sent).toBe(15);
    const limited = await replayed(FIVE, { loop: 3, limit: 12 });
    expect(limited.report.captures[0]?.packets).toBe(12);
  });

  test('may be nothing at all, and is not read again and again then', async () => {
    const { report } = await replayed(captureOf([]), { loop: 1e9 });
    expect(report.frames).toMatchObject({ sent: 0, received: 0, missed: 0 });
    expect(report.conservation).toMatchObject({ wire: 0, delivered: 0, held: 0 });
    expect(report.virtualTimeNs).toBe(0);
    expect(report.error).toBeNull();
  });

  test('is replayed up to where it is damaged; what follows is not', async () => {
    const damaged = FIVE.subarray(0, FIVE.length - 30);
    const { report, output } = await replayed([damaged, FIVE], { device: ONE_QUEUE, loop: 2 });
    expect(output.map(({ bytes }) => numberOf(bytes))).toEqual([0, 1, 2, 3]);
    expect(report.frames).toMatchObject({ sent: 4, received: 4 });
    expect(report.captures.map(({ packets }) => packets)).toEqual([4, 0]);
    expect(report.error).toMatch(/packet 5, byte \d+\)\. The packets before this place are good/);
  });

  test('is refused at once where it cannot be opened', async () => {
    const missing = replay({ host: SMALL_HOST, captures: [{ source: '/nonexistent.pcap' }] });
    await expect(missing.run()).rejects.toMatchObject({ code: 'CAPTURE_NOT_FOUND' });
  });
});

describe('events', () => {
  test('tell of batches with progress, then the report', async () => {
    const capture = captureOf(spaced(numberedFrames(100)));
    const events = await eventsOf({ captures: [{ source: capture }], reading: { batchSize: 40 } });
    expect(events.map(({ kind }) => kind)).toEqual(['batch', 'batch', 'batch', 'report']);
    expect(events[1]).toMatchObject({ file: '<bytes>', packets: 80, totalBytes: capture.length });
    expect(events[2]).toMatchObject({ packets: 100, bytesRead: capture.length });
  });

  test('sample the counters at multiples of the interval, and stop with the traffic', async () => {
    const capture = captureOf(spaced(numberedFrames(10), 100_000n));
    const events = await eventsOf({ captures: [{ source: capture }], device: ONE_QUEUE, sampleInterval: 250_000 });
    const samples = events.filter((event): event is SampleEvent => event.kind === 'sample');
    expect(samples.map(({ counters }) => [counters.virtualTimeNs, counters.frames.sent])).toEqual([
      [250_000, 3],
      [500_000, 5],
      [750_000, 8],
    ]);
    expect(events.at(-1)).toMatchObject({ kind: 'report', report: { frames: { sent: 10 } } });
  });

  test('sample every counter under a name that does not depend on the traffic', async () => {
    const capture = captureOf(spaced(numberedFrames(10), 100_000n));
    const program = {
      ...xdpProgram('.program drop xdp\nr0 = 1\nexit'),
      rows: () => [{ label: 'all', action: 'drop', packets: 7n, bytes: 70n }],
    };
    const options = { captures: [{ source: capture }], program, device: ONE_QUEUE, sampleInterval: 250_000 };
    const counted = (await eventsOf(options)).flatMap((event) =>
      event.kind === 'sample' ? [event.counters] : event.kind === 'report' ? [event.report] : [],
    );
    const flat = counted.map(flatCounters);
    expect(flat[0]).toMatchObject({
      virtualTimeNs: 250_000,
      'frames.sent': 3,
      'verdicts.DROP': 3,
      'verdicts.PASS': 0,
      'rows.all.packets': 7,
      'rows.all.bytes': 70,
      'drops.XDP': 3,
      'drops.XDP_ABORTED': 0,
      'drops.rx_missed_errors': 0,
      'queues.0.rx_packets': 3,
      'cpus.0.polls': 3,
      'ethtool.eth0.rx_packets': 3,
    });
    for (const [i, names] of flat.map((each) => Object.keys(each)).entries()) {
      expect(names).toEqual(Object.keys(flat[0] ?? {}));
      expect(Object.values(flat[i] ?? {}).every(Number.isFinite)).toBe(true);
    }
    expect(flat.map((each) => each['drops.XDP'])).toEqual([3, 5, 8, 10]);
  });

  test('have no samples of silence, however long', async () => {
    const year = 365n * 86_400n * 1_000_000_000n;
    const capture = captureOf(spaced(numberedFrames(3), year));
    const events = await eventsOf({ captures: [{ source: capture }], device: ONE_QUEUE, sampleInterval: 1000 });
    const samples = events.filter(({ kind }) => kind === 'sample');
    expect(samples.length).toBeGreaterThan(3);
    expect(samples.length).toBeLessThan(20);
  });

  test('do not change what is replayed', async () => {
    const capture = captureOf(spaced(numberedFrames(200), 300n));
    const plain = await replayed(capture);
    const sampled = await replayed(capture, { sampleInterval: 777 });
    expect(sampled.report).toEqual(plain.report);
    expect(sampled.written).toEqual(plain.written);
  });

  test('begin anew with each subscription', async () => {
    const prepared = replay({ host: SMALL_HOST, captures: [{ source: FIVE }] });
    expect(await prepared.run()).toEqual(await prepared.run());
  });
});

describe('the output', () => {
  test('has an interface for what each device sends and one for what its stack takes', async () => {
    const program = assemble(`
      r2 = *(u32 *)(r1 +0)
      r3 = *(u32 *)(r1 +4)
      r4 = r2
      r4 += 60
      r0 = 0
      if r4 > r3 goto out
      w5 = *(u8 *)(r2 +59)
      w0 = w5
      if w5 != 4 goto out
      r1 = 3
      r2 = 0
      call bpf_redirect
    out:
      exit`);
    const { report, output } = await replayed(FIVE, {
      device: ONE_QUEUE,
      otherDevices: [{ name: 'wan' }],
      program: { name: 'by number', object: program, xdp: 'main' },
    });
    const seen = output.map((packet) => [packet.interface, numberOf(packet.bytes)]);
    expect(new Set(seen.map(String))).toEqual(new Set(['eth0-stack,2', 'eth0,3', 'wan,4']));
    expect(report.verdicts).toEqual({ ABORTED: 1, DROP: 1, PASS: 1, TX: 1, REDIRECT: 1, unknown: 0 });
    expect(report.drops).toEqual({ XDP: 1, XDP_ABORTED: 1 });
    expect(report.conservation).toEqual({
      wire: 5,
      created: { broadcast: 0 },
      transmitted: 2,
      delivered: 1,
      dropped: 2,
      held: 0,
    });
    expect(report.queues[0]).toMatchObject({
      rx_packets: 5,
      xdp_drops: 1,
      xdp_pass: 1,
      xdp_tx: 1,
      xdp_redirects: 1,
      xdp_aborted: 1,
    });
  });

  test('is dated by the first packet that is sent, not by one that is left out', async () => {
    const late = 1_700_000_000_000_000_000n;
    const capture = captureOf([
      { bytes: new Uint8Array(3), timestamp: 5n },
      { bytes: numbered(1), timestamp: late },
    ]);
    const { output } = await replayed(capture, { device: ONE_QUEUE });
    expect(Number((output[0]?.timestamp ?? 0n) - late)).toBeLessThan(10_000);
  });

  test('that cannot be written ends the replay with its error', async () => {
    const full = new Writable();
    const writer = createCapture(full, { interfaces: [] });
    full.destroy(new Error('no space left'));
    await new Promise((resolve) => full.once('close', resolve));
    const running = replay({ host: SMALL_HOST, captures: [{ source: FIVE }], output: writer }).run();
    await expect(running).rejects.toMatchObject({ code: 'CAPTURE_UNWRITABLE' });
  });
});

describe('a program', () => {
  test('that reads out of bounds ends the replay with one error that names it', async () => {
    const program = xdpProgram('.program reader xdp\nr2 = *(u32 *)(r1 +0)\nr0 = *(u64 *)(r2 +4000)\nexit');
    await expect(replayed(FIVE, { program })).rejects.toMatchObject({
      code: 'PROGRAM_FAULT',
      place: { program: 'reader', instruction: 1 },
    });
  });

  test('at TC counts its verdicts', async () => {
    const object = assemble('.program shot tc\nr0 = 2\nexit');
    const { report } = await replayed(FIVE, { program: { name: 'shot', object, tc: 'shot' } });
    expect(report).toMatchObject({ program: 'shot', hook: 'tc', tc: { SHOT: 5, OK: 0 }, drops: { TC_INGRESS: 5 } });
  });

  test('that the object does not have is refused with those that it has', async () => {
    const object = assemble('.program here xdp\nr0 = 1\nexit');
    await expect(replayed(FIVE, { program: { name: 'x', object, xdp: 'there' } })).rejects.toMatchObject({
      code: 'REPLAY_OPTION',
      message: "the object has no xdp program 'there': it has here.",
    });
  });
});

describe('an option that cannot be', () => {
  const captures = [{ source: FIVE }];
  test.each<[string, ReplayOptions]>([
    ['loop is 0', { captures, loop: 0 }],
    ['loop is NaN', { captures, loop: Number.NaN }],
    ['limit is -1', { captures, limit: -1 }],
    ['limit is 1.5', { captures, limit: 1.5 }],
    ['sampleInterval is 0', { captures, sampleInterval: 0 }],
    ['sampleInterval is NaN', { captures, sampleInterval: Number.NaN }],
    ['sampleInterval is Infinity', { captures, sampleInterval: Number.POSITIVE_INFINITY }],
    ['pps is 0', { captures, pace: { kind: 'pps', rate: 0 } }],
    ['there is no capture', { captures: [] }],
    ['shape.cut is drop', { captures, shape: { cut: 'drop' as never } }],
    ['there is no option shape.colour', { captures, shape: { colour: 'red' } as never }],
    ['loop is 2, and <stream> can be read only once', { captures: [{ source: chunks(FIVE, 99) }], loop: 2 }],
  ])('is refused at once: %s', (sentence, options) => {
    expect(() => replay(options)).toThrow(
      expect.objectContaining({
        code: 'REPLAY_OPTION',
        message: expect.stringMatching(new RegExp(`^${sentence}.*: (give|name) .*\\.$`)),
      }),
    );
  });

  test.each<[string, Partial<ReplayOptions>]>([
    ['HOST_OPTION', { host: { ...SMALL_HOST, cpus: 0 } }],
    ['HOST_OPTION', { device: { rxRing: 7 } }],
    ['HOST_OPTION', { device: { mtu: 9000 } }],
    ['NIC_OPTION', { device: { queues: 65 }, host: {} }],
    ['HOST_DEVICE', { otherDevices: [{ name: 'eth0' }] }],
  ])('of device or host is refused before the first frame: %s', async (code, options) => {
    const running = replay({ captures: [{ source: '/nonexistent.pcap' }], host: SMALL_HOST, ...options }).run();
    await expect(running).rejects.toMatchObject({ code });
  });

  test('large rings get the buffers that they need', async () => {
    const report = await replay({ captures, device: { queues: 16, rxRing: 4096, txRing: 4096 } }).run();
    expect(report.frames.received).toBe(5);
  });
});
