import type { Report } from '@hookline/replay';
import type { Output } from '../terminal/output.ts';
import { grouped, scaled } from '../terminal/quantities.ts';
import { type Column, properties, table } from '../terminal/table.ts';
import { printable } from '../terminal/text.ts';
import { meaningOf } from './drop-meanings.ts';

const BAR_WIDTH = 32;
/** Eighths of a character cell, so that a bar of one percent can be seen. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

function bar(share: number): string {
  const eighths = Math.max(share > 0 ? 1 : 0, Math.round(share * BAR_WIDTH * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function right<Row>(heading: string, value: (row: Row) => number): Column<Row> {
  return { heading, align: 'right', value: (row) => grouped(value(row)) };
}

/** Virtual nanoseconds for people: `207 us`. */
function virtual(nanoseconds: number): string {
  return scaled(nanoseconds / 1e9, 's').replace(/^0\.\d+ s$/, () => {
    if (nanoseconds >= 1e6) return `${(nanoseconds / 1e6).toFixed(2)} ms`;
    return nanoseconds >= 1e3 ? `${(nanoseconds / 1e3).toFixed(2)} us` : `${nanoseconds.toFixed(0)} ns`;
  });
}

function overview(report: Report): string[] {
  const { frames, device, virtualTimeNs } = report;
  const files = report.captures.map(({ file, packets }) => `${printable(file)} (${grouped(packets)} packets)`);
  const hook = report.hook === 'xdp' ? 'XDP' : 'TC ingress';
  const through = report.program === null ? 'no program' : `${report.program} at ${hook}`;
  const time = virtualTimeNs / 1e9;
  const rates =
    time === 0 ? '' : `: ${scaled(frames.sent / time, 'pps')}, ${scaled((frames.sentBytes * 8) / time, 'b/s')}`;
  return properties([
    ['Replayed', files.join(', ')],
    [
      'Through',
      `${through} of ${device.name}: ${scaled(device.lineRate, 'b/s')}, ${device.queues} queues of ${device.rxRing}`,
    ],
    ['Frames', `${grouped(frames.sent)} sent, ${grouped(frames.received)} received, ${grouped(frames.missed)} missed`],
    ['Time', `${virtual(virtualTimeNs)} virtual${rates}`],
  ]);
}

/** A table of verdicts with bars; nothing where no program gave one. */
function verdicts(
  title: string,
  counts: Readonly<Record<string, number>>,
  heading: (text: string) => string,
): string[] {
  const rows = Object.entries(counts).filter(([, count]) => count > 0);
  const total = rows.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return [];
  const columns: Column<readonly [string, number]>[] = [
    { heading: title, value: ([name]) => name },
    right('packets', ([, count]) => count),
    { heading: 'share', align: 'right', value: ([, count]) => percent(count / total) },
    { heading: '', value: ([, count]) => bar(count / total) },
  ];
  return ['', ...table(columns, rows, heading)];
}

type ReportRow = Report['rows'][number];
type QueueRow = Report['queues'][number];
type CpuRow = Report['cpus'][number];

const RULES: readonly Column<ReportRow>[] = [
  { heading: 'rule', value: ({ label }) => printable(label) },
  { heading: 'action', value: ({ action }) => action },
  right('packets', ({ packets }) => packets),
  right('bytes', ({ bytes }) => bytes),
];

const QUEUES: readonly Column<QueueRow>[] = [
  right('queue', ({ queue }) => queue),
  right('cpu', ({ cpu }) => cpu),
  right('rx_packets', (row) => row.rx_packets),
  right('rx_bytes', (row) => row.rx_bytes),
  right('rx_drops', (row) => row.rx_drops),
  right('xdp_drops', (row) => row.xdp_drops),
  right('xdp_pass', (row) => row.xdp_pass),
  right('xdp_tx', (row) => row.xdp_tx),
  right('xdp_redirects', (row) => row.xdp_redirects),
  right('tx_packets', (row) => row.tx_packets),
  right('interrupts', ({ interrupts }) => interrupts),
  right('polls', ({ polls }) => polls),
];

const CPUS: readonly Column<CpuRow>[] = [
  right('cpu', ({ cpu }) => cpu),
  right('processed', ({ processed }) => processed),
  right('time_squeeze', ({ timeSqueeze }) => timeSqueeze),
  { heading: 'busy', align: 'right', value: ({ busy }) => percent(busy) },
];

const DROPS: readonly Column<readonly [string, number]>[] = [
  { heading: 'drop reason', value: ([reason]) => reason },
  right('frames', ([, count]) => count),
  { heading: '', value: ([reason]) => meaningOf(reason) },
];

/** The report for people. Every time and rate in it is virtual. */
export function textReport(report: Report, output: Output): string[] {
  const heading = (text: string): string => output.style('bold', text);
  const section = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] =>
    rows.length === 0 ? [] : ['', ...table(columns, rows, heading)];
  const { conservation: law } = report;
  const copies = law.created.broadcast === 0 ? '' : ` + ${grouped(law.created.broadcast)} broadcast copies`;
  return [
    ...overview(report),
    ...verdicts('XDP verdict', report.verdicts, heading),
    ...verdicts('TC verdict', report.tc, heading),
    ...section(RULES, report.rows),
    ...section(QUEUES, report.queues),
    ...section(CPUS, report.cpus),
    ...section(DROPS, Object.entries(report.drops)),
    '',
    `Every frame is accounted for: ${grouped(law.wire)} on the wire${copies} = ${grouped(law.transmitted)} transmitted + ` +
      `${grouped(law.delivered)} delivered to the stack + ${grouped(law.dropped)} dropped + ${grouped(law.held)} held.`,
    ...report.warnings.map((warning) => `${output.style('yellow', 'Note:')} ${warning}`),
  ];
}
