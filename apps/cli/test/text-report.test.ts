import { Writable } from 'node:stream';
import type { Report } from '@hookline/replay';
import { describe, expect, test } from 'vitest';
import { textReport } from '../src/replay/text-report.ts';
import { Output } from '../src/terminal/output.ts';

const queue = {
  queue: 0,
  cpu: 0,
  rx_packets: 1_234_567,
  rx_bytes: 123_456_789,
  rx_drops: 0,
  tx_packets: 0,
  xdp_drops: 0,
  xdp_pass: 0,
  xdp_tx: 0,
  xdp_redirects: 0,
  xdp_aborted: 0,
  interrupts: 7,
  polls: 9,
};

const report: Report = {
  program: 'edge\u001b[2J',
  hook: 'tc',
  device: { name: 'eth7', queues: 2, lineRate: 2.5e9, rxRing: 64 },
  captures: [
    { file: 'one.pcap', packets: 1_000_000 },
    { file: 'two.pcap', packets: 234_567 },
  ],
  frames: {
    sent: 1_234_567,
    received: 1_234_560,
    missed: 7,
    sentBytes: 123_456_789,
    delivered: 1_234_000,
    deliveredBytes: 1,
    transmitted: 0,
  },
  verdicts: { ABORTED: 0, DROP: 0, PASS: 0, TX: 0, REDIRECT: 0, unknown: 0 },
  tc: { OK: 1_234_000, SHOT: 560, REDIRECT: 0, UNSPEC: 0, unknown: 0 },
  rows: [{ label: 'rule 1', action: 'drop', packets: 0, bytes: 0 }],
  drops: { TC_INGRESS: 560, rx_missed_errors: 7 },
  virtualTimeNs: 2e9,
  queues: [queue, { ...queue, queue: 1 }],
  cpus: [{ cpu: 0, processed: 5, timeSqueeze: 1, interrupts: 7, polls: 9, busy: 0.25 }],
  ethtool: {},
  conservation: {
    wire: 1_234_567,
    created: { broadcast: 3 },
    transmitted: 0,
    delivered: 1_234_003,
    dropped: 567,
    held: 0,
  },
  warnings: [`This is a warning ${'that goes on '.repeat(12)}and ends.`],
  error: null,
};

function linesOf(changed: Partial<Report> = {}): string[] {
  return textReport({ ...report, ...changed }, new Output(new Writable() as NodeJS.WriteStream));
}

describe('the text report', () => {
  const lines = linesOf();
  const text = lines.join('\n');

  test('has no line above 100 columns, no colour without a terminal, and nothing that steers one', () => {
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(text).not.toContain('\u001b');
  });

  test('begins with what came in, and calls the time virtual', () => {
    expect(lines.slice(0, 6)).toEqual([
      'Replayed      one.pcap, 1,000,000 packets',
      '              two.pcap, 234,567 packets',
      'Through       edge\\u001b[2J, at TC ingress of eth7',
      'Device        eth7, 2.50 Gb/s, 2 queues of 64 descriptors',
      'Came in       1,234,567 frames, 123,456,789 bytes; 1,234,560 received, 7 missed',
      'Virtual time  2 s: 617 kpackets/s, 494 Mb/s on average',
    ]);
  });

  test("shows the verdicts of the program's hook, the most frequent first", () => {
    const at = lines.findIndex((line) => line.startsWith('TC verdict'));
    expect(lines.slice(at, at + 3)).toEqual([
      'TC verdict    packets     share',
      `OK          1,234,000  > 99.9 %  ${'█'.repeat(40)}`,
      'SHOT              560   < 0.1 %  ▏',
    ]);
    expect(text).not.toContain('XDP verdict');
  });

  test('leaves out columns that are 0 everywhere, but never drops', () => {
    expect(text).toContain('eth7 queue  cpu  rx_packets     rx_bytes  rx_drops  interrupts  polls\n');
  });

  test('says why frames were dropped, and that none is missing', () => {
    expect(text).toContain('TC_INGRESS           560  the program returned TC_ACT_SHOT or redirected to nowhere\n');
    expect(text.replaceAll('\n', ' ')).toContain(
      '1,234,567 from the wire + 3 copies (broadcast) = 1,234,003 delivered to the stack + 567 dropped.',
    );
    expect(linesOf({ drops: {} })).toContain('Nothing was dropped.');
  });

  test('shows every counter of a busy device, in as many tables as it takes', () => {
    const busy = Object.fromEntries(Object.keys(queue).map((name) => [name, 1_234_567_890])) as typeof queue;
    const shown = linesOf({ queues: [busy] });
    expect(Math.max(...shown.map((line) => line.length))).toBeLessThanOrEqual(100);
    const names = Object.keys(queue).filter((name) => name !== 'queue' && name !== 'cpu');
    expect(
      names.filter((name) => !shown.some((line) => line.startsWith('eth7 queue') && line.includes(` ${name}`))),
    ).toEqual([]);
  });
});
