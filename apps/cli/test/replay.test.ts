import { existsSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { encodeCapture } from '@hookline/pcap';
import { CAPTURE_POINTS, DEFAULT_SHAPE } from '@hookline/replay';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { declareReplay } from '../src/commands/replay.ts';
import { Session } from '../src/session.ts';
import { hookline } from './run-hookline.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();

/** A broadcast frame of 60 bytes whose last byte tells the program below what to return. */
function frame(verdict: number): Uint8Array {
  const bytes = new Uint8Array(60);
  bytes.fill(0xff, 0, 6);
  bytes.set([2, 0, 0, 0, 0, 1, 0x88, 0xb5], 6);
  bytes[59] = verdict;
  return bytes;
}

const byLastByte = folder.write(
  'by-last-byte.asm',
  `r2 = *(u32 *)(r1 +0)
   r3 = *(u32 *)(r1 +4)
   r4 = r2
   r4 += 60
   r0 = 2
   if r4 > r3 goto +1
   r0 = *(u8 *)(r2 +59)
   exit`,
);
const start = 1_700_000_000_000_000_000n;
const verdicts = [0, 1, 1, 2, 2, 2, 3, 4, 9];
const bytes = encodeCapture(
  verdicts.map((verdict, index) => ({ bytes: frame(verdict), timestamp: start + BigInt(index) * 1_000_000n })),
);
const capture = folder.write('nine.pcapng', bytes);
const cut = folder.write('cut.pcapng', bytes.subarray(0, bytes.length - 3));

/** What a replay that writes `name` has left beside it. */
const leftBeside = (name: string) => readdirSync(folder.path).filter((file) => file.startsWith(`${name}.`));

describe.concurrent('hookline replay', () => {
  test('--json tells what became of every frame', async () => {
    const { code, stdout, stderr } = await hookline(['replay', capture, '-p', byLastByte, '--json']);
    expect([code, stderr]).toEqual([0, '']);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      frames: { sent: 9, received: 9, missed: 0, sentBytes: 540, delivered: 3, transmitted: 1 },
      // XDP_ABORTED 0, XDP_DROP 1, XDP_PASS 2, XDP_TX 3, XDP_REDIRECT 4 (linux/bpf.h).
      verdicts: { ABORTED: 1, DROP: 2, PASS: 3, TX: 1, REDIRECT: 1, unknown: 1 },
      tc: { OK: 0, SHOT: 0 },
      // Both ABORTED and what does not exist raise xdp_exception; this REDIRECT has no target.
      drops: { XDP: 2, XDP_ABORTED: 2, XDP_REDIRECT_ERROR: 1 },
      error: null,
    });
    // The last of nine frames comes in 8 ms after the first.
    expect(report.virtualTimeNs).toBeGreaterThanOrEqual(8_000_000);
    expect(report.queues.map(({ queue }: { queue: number }) => queue)).toEqual([0, 1, 2, 3]);
    const received = report.queues.reduce((sum: number, { rx_packets }: { rx_packets: number }) => sum + rx_packets, 0);
    expect(received).toBe(9);
  });

  test('--write replaces a file once the replay has ended, also behind a link', async () => {
    const out = folder.write('out.pcapng', 'what was there before');
    const link = join(folder.path, 'link.pcapng');
    symlinkSync(out, link);
    const { code } = await hookline(['replay', capture, '-p', byLastByte, '-w', link, '--json']);
    expect(code).toBe(0);
    const { stdout } = await hookline(['capture', out, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ packets: 4, format: 'pcapng', error: null });
    expect(JSON.parse(stdout).firstTimestampNs >= String(start)).toBe(true);
    expect(leftBeside('out.pcapng')).toEqual([]);
  });

  test('--write never replaces what is being read', async () => {
    const copy = folder.write('copy.pcapng', bytes);
    for (const [path, name] of [
      [copy, 'copy.pcapng'],
      [byLastByte, 'by-last-byte.asm'],
    ] as const) {
      const before = readFileSync(path);
      const args = ['replay', capture, copy, '-p', byLastByte, '-w', join(folder.path, '.', name)];
      const { code, stdout, stderr } = await hookline(args);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^hookline: --write .*: it is being read from \(.*\): name another file\.\n$/);
      expect(readFileSync(path)).toEqual(before);
    }
  });

  test('--write after a failure leaves what was there, and says so', async () => {
    const out = folder.write('kept.pcapng', 'precious');
    const faulty = folder.write('faulty.asm', 'r2 = *(u32 *)(r1 +4)\nr0 = *(u8 *)(r2 +0)\nexit\n');
    const { code, stdout, stderr } = await hookline(['replay', capture, '-p', faulty, '-w', out]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^hookline: Program main, instruction 1, .*faulty\.asm:2:1.*kept\.pcapng was not written\.\n$/,
    );
    expect(readFileSync(out, 'utf8')).toBe('precious');
    expect(leftBeside('kept.pcapng')).toEqual([]);
  });

  test('a damaged capture is replayed up to the damage', async () => {
    const out = join(folder.path, 'early.pcapng');
    const { code, stdout, stderr } = await hookline(['replay', cut, '-p', byLastByte, '--json', '-w', out]);
    expect(code).toBe(1);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      frames: { sent: 8 },
      error: expect.stringMatching(/cut\.pcapng: .*packet 9, byte/),
    });
    expect(stderr).toBe(`hookline: ${report.error} ${out} holds what left the host until then.\n`);
    expect(statSync(out).size).toBeGreaterThan(0);
  });

  test('Ctrl-C leaves no half-written capture', async () => {
    const args = ['replay', capture, '--loop', '1000000', '--write', join(folder.path, 'stopped.pcapng')];
    const { code, signal } = await hookline(args, { interruptAfter: 500 });
    expect([code, signal]).toEqual([null, 'SIGINT']);
    expect(existsSync(join(folder.path, 'stopped.pcapng'))).toBe(false);
    expect(leftBeside('stopped.pcapng')).toEqual([]);
  });

  test('--samples writes all counters over time to a CSV file, the last row as in the report', async () => {
    const out = folder.write('samples.csv', 'what was there before');
    const args = ['replay', capture, '-p', byLastByte, '--samples', '2ms', '--csv', out, '--format', 'csv'];
    const { code, stdout, stderr } = await hookline(args);
    expect([code, stderr]).toEqual([0, '']);
    const [names = [], ...rows] = readFileSync(out, 'utf8')
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(','));
    const series = (name: string) => rows.map((row) => Number(row[names.indexOf(name)]));
    // Nine frames, a millisecond apart; the one at the time of a sample is still on the wire.
    expect(series('virtualTimeNs').slice(0, -1)).toEqual([2e6, 4e6, 6e6, 8e6]);
    expect(series('frames.received')).toEqual([2, 4, 6, 8, 9]);
    expect(series('drops.XDP')).toEqual([1, 2, 2, 2, 2]);
    const report = stdout
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(','));
    expect(report).toEqual([['counter', 'value'], ...names.map((name, i) => [name, rows.at(-1)?.[i]])]);
    expect(leftBeside('samples.csv')).toEqual([]);
  });

  test('--samples without a file stand in the JSON report', async () => {
    const { stdout } = await hookline(['replay', capture, '--samples', '4ms', '--json']);
    const { samples, frames } = JSON.parse(stdout);
    const received = samples.columns.indexOf('frames.received');
    expect(samples.columns[0]).toBe('virtualTimeNs');
    expect(samples.rows.map((row: number[]) => row[received])).toEqual([4, 8, frames.received]);
  });

  test('--points writes packets on their way, with verdict and reason', async () => {
    const out = join(folder.path, 'points.pcapng');
    const { code } = await hookline(['replay', capture, '-p', byLastByte, '--points', 'xdp-exit,drops', '-w', out]);
    expect(code).toBe(0);
    const { stdout } = await hookline(['capture', out, '--packets', '--json']);
    const packets: { interface: string; comments: string[] }[] = JSON.parse(stdout).packetList;
    const comments = (point: string) =>
      packets.flatMap((packet) => (packet.interface === point ? packet.comments : []));
    expect(comments('eth0-xdp-exit')).toHaveLength(9);
    expect(comments('eth0-drops').toSorted()).toEqual([
      'reason XDP',
      'reason XDP',
      'reason XDP_ABORTED',
      'reason XDP_ABORTED',
      'reason XDP_REDIRECT_ERROR',
    ]);
  });

  test('--points all means every point there is', () => {
    const parent = new Command();
    declareReplay(parent, new Session());
    const option = parent.commands[0]?.options.find(({ long }) => long === '--points');
    expect(option?.parseArg?.('all', undefined)).toEqual(CAPTURE_POINTS);
  });

  test.each([
    [['--points', 'all'], /--points says what is captured: name the file with --write/],
    [['--points', 'tx', '-w', 'x.pcapng'], /'tx' is invalid. Choose from all, wire-rx, /],
    [['--csv', 'x.csv'], /--csv takes samples of the counters: say how often with --samples 1ms/],
    [['--samples', '1ms'], /--samples needs a place for them: add --csv <file> or --json/],
    [['--samples', '5'], /'5' is invalid. It is not a time like 50us, 1ms or 0.5s/],
    [['--samples', '1ms', '--csv', '/'], /--csv \/: this is a directory/],
    [['--samples', '1ms', '--csv', capture], /--csv .*: it is being read from/],
    [['--samples', '1ms', '--csv', 'a.x', '-w', './a.x'], /--csv a\.x: --write names the same file/],
    [
      ['-q', '63', '--ring', '8160'],
      /--queues 63 with --ring 8160: full rings take 1028160 packet buffers.*smaller rings/,
    ],
    [['--json', '--format', 'csv'], /cannot be used with option/],
  ])('%j is a wrong call', async (options, message) => {
    const { code, stdout, stderr } = await hookline(['replay', capture, ...options]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  test("rules name the host's interfaces", async () => {
    const rules = folder.write('rules.yaml', 'default: pass\nrules:\n  - { name: x, action: drop, interface: eth0 }\n');
    const dns = join(import.meta.dirname, '../../../pcaps/dns.pcap');
    const { stdout } = await hookline(['replay', dns, '-p', 'firewall', '-c', rules, '--json']);
    // Two of the 28 frames are ARP, which is not asked (tshark).
    expect(JSON.parse(stdout)).toMatchObject({
      verdicts: { DROP: 26, PASS: 2 },
      rows: [{ packets: 26 }, {}, {}, {}, {}, {}],
    });
  });

  test('the defaults that its help shows are those of the replay', async () => {
    const parent = new Command();
    declareReplay(parent, new Session());
    const options = parent.commands[0]?.opts() ?? {};
    const { rewriteDestination: _, ...shape } = DEFAULT_SHAPE;
    expect(options).toMatchObject(shape);
    const [shown, own] = await Promise.all([
      hookline(['replay', capture, '--json', '-q', '4', '--ring', '512', '--line-rate', '10G', '--mtu', '1500']),
      hookline(['replay', capture, '--json']),
    ]);
    expect(JSON.parse(own.stdout).device).toEqual({ name: 'eth0', queues: 4, lineRate: 10e9, rxRing: 512 });
    expect(shown).toEqual(own);
  });
});

describe.concurrent('hookline disasm', () => {
  test.each([
    ['count', []],
    ['firewall', ['--hook', 'xdp']],
  ])('of %s assembles again, to the same instructions', async (program, options) => {
    const { code, stdout } = await hookline(['disasm', program, ...options]);
    expect(code).toBe(0);
    const file = folder.write(`${program}.asm`, stdout);
    expect((await hookline(['disasm', file])).stdout).toBe(stdout);
    const [own, again] = await Promise.all(
      [program, file].map(async (reference) =>
        JSON.parse((await hookline(['disasm', reference, ...options, '--json'])).stdout),
      ),
    );
    const texts = (object: typeof own) =>
      Object.values<{ name: string; instructions: { text: string }[] }>(object.programs).map(
        ({ name, instructions }) => [name, instructions.map(({ text }) => text)],
      );
    expect(texts(again)).toEqual(texts(own));
    // The text knows maps by their names only, not by those of the exports.
    expect(Object.values(again.maps)).toEqual(Object.values(own.maps));
  });

  test('--json shows where in the source each instruction comes from', async () => {
    const { stdout } = await hookline(['disasm', byLastByte, '--json']);
    const { programs } = JSON.parse(stdout);
    expect(programs.main).toMatchObject({ type: 'xdp', license: 'Dual MIT/GPL' });
    expect(programs.main.instructions[6]).toEqual({
      text: 'r0 = *(u8 *)(r2 +59)',
      position: { file: byLastByte, line: 7, column: 4 },
    });
  });
});

test('hookline programs lists what ships', async () => {
  const { programs } = JSON.parse((await hookline(['programs', '--json'])).stdout);
  expect(programs.map(({ name }: { name: string }) => name)).toContain('firewall');
  expect((await hookline(['programs'])).stdout).toMatch(/^program .*\nfirewall +\S/);
});
