import type { Report } from '@hookline/replay';
import { note, WIDTH } from '../terminal/note.ts';
import type { Output } from '../terminal/output.ts';
import { duration, grouped, percent, scaled } from '../terminal/quantities.ts';
import { type Column, type NumberColumn, numberTables, properties, table } from '../terminal/table.ts';
import { printable, wrapped } from '../terminal/text.ts';
import { meaningOf } from './drop-meanings.ts';

const BAR_WIDTH = 40;
/** Eighths of a character cell, so that a bar of one percent can be seen. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

type ReportRow = Report['rows'][number];
type QueueReport = Report['queues'][number];
type CpuReport = Report['cpus'][number];
type Style = (text: string) => string;

/** The report for people. Every time and rate in it is virtual. */
export function textReport(report: Report, output: Output): string[] {
  const bold: Style = (text) => output.style('bold', text);
  const hook = report.hook === 'tc' ? 'TC' : 'XDP';
  return [
    ...overview(report),
    ...verdicts(hook, hook === 'TC' ? report.tc : report.verdicts, bold),
    ...rules(report.rows, bold),
    ...queues(report, bold),
    ...cpus(report.cpus, bold),
    ...drops(report.drops, bold),
    ...conservation(report),
    ...report.warnings.flatMap((warning) => note(warning, output)),
  ];
}

function overview({ captures, program, hook, device, frames, virtualTimeNs }: Report): string[] {
  const files = captures.map(({ file, packets }) => `${printable(file)}, ${grouped(packets)} packets`);
  const where = hook === 'tc' ? 'TC ingress' : 'XDP';
  const through =
    program === null ? 'no program: all to the stack' : `${printable(program)}, at ${where} of ${device.name}`;
  const seconds = virtualTimeNs / 1e9;
  const rate = (amount: number, unit: string): string => scaled(amount / seconds, unit);
  const rates =
    seconds === 0 ? '' : `: ${rate(frames.sent, 'packets/s')}, ${rate(frames.sentBytes * 8, 'b/s')} on average`;
  return properties([
    ...files.map((file, index) => [index === 0 ? 'Replayed' : '', file] as const),
    ['Through', through],
    [
      'Device',
      `${device.name}, ${scaled(device.lineRate, 'b/s')}, ${device.queues} queues of ${device.rxRing} descriptors`,
    ],
    [
      'Came in',
      `${grouped(frames.sent)} frames, ${grouped(frames.sentBytes)} bytes; ` +
        `${grouped(frames.received)} received, ${grouped(frames.missed)} missed`,
    ],
    ['Virtual time', `${duration(virtualTimeNs)}${rates}`],
  ]);
}

function bar(share: number): string {
  const eighths = Math.max(share > 0 ? 1 : 0, Math.round(share * BAR_WIDTH * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}

/** Verdicts with bars, the most frequent first; nothing where no program gave one. */
function verdicts(hook: string, counts: Readonly<Record<string, number>>, bold: Style): string[] {
  const rows = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .toSorted(([, one], [, other]) => other - one);
  if (rows.length === 0) return [];
  const total = rows.reduce((sum, [, count]) => sum + count, 0);
  const columns: Column<readonly [string, number]>[] = [
    { heading: `${hook} verdict`, value: ([name]) => name },
    { heading: 'packets', align: 'right', value: ([, count]) => grouped(count) },
    { heading: 'share', align: 'right', value: ([, count]) => percent(count / total) },
    { heading: '', value: ([, count]) => bar(count / total) },
  ];
  return ['', ...table(columns, rows, bold)];
}

function rules(rows: readonly ReportRow[], bold: Style): string[] {
  if (rows.length === 0) return [];
  const total = rows.reduce((sum, { packets }) => sum + packets, 0);
  const columns: Column<ReportRow>[] = [
    { heading: 'rule', value: ({ label }) => printable(label) },
    { heading: 'action', value: ({ action }) => action },
    { heading: 'packets', align: 'right', value: ({ packets }) => grouped(packets) },
    { heading: 'share', align: 'right', value: ({ packets }) => (packets === 0 ? '' : percent(packets / total)) },
    { heading: 'bytes', align: 'right', value: ({ bytes }) => grouped(bytes) },
  ];
  return ['', ...table(columns, rows, bold)];
}

/** What drivers count for each queue; `ethtool -S` puts `rx_queue_0_` and the like in front. */
const QUEUE_COLUMNS: readonly NumberColumn<QueueReport>[] = [
  { heading: 'rx_packets', number: (queue) => queue.rx_packets, always: true },
  { heading: 'rx_bytes', number: (queue) => queue.rx_bytes, always: true },
  { heading: 'rx_drops', number: (queue) => queue.rx_drops, always: true },
  { heading: 'xdp_drops', number: (queue) => queue.xdp_drops },
  { heading: 'xdp_pass', number: (queue) => queue.xdp_pass },
  { heading: 'xdp_tx', number: (queue) => queue.xdp_tx },
  { heading: 'xdp_redirects', number: (queue) => queue.xdp_redirects },
  { heading: 'xdp_aborted', number: (queue) => queue.xdp_aborted },
  { heading: 'tx_packets', number: (queue) => queue.tx_packets },
  { heading: 'interrupts', number: (queue) => queue.interrupts },
  { heading: 'polls', number: (queue) => queue.polls },
];

function queues({ queues: rows, device }: Report, bold: Style): string[] {
  const keys: Column<QueueReport>[] = [
    { heading: `${device.name} queue`, align: 'right', value: ({ queue }) => String(queue) },
    { heading: 'cpu', align: 'right', value: ({ cpu }) => String(cpu) },
  ];
  return numberTables(keys, QUEUE_COLUMNS, rows, WIDTH, bold).flatMap((lines) => ['', ...lines]);
}

function cpus(rows: readonly CpuReport[], bold: Style): string[] {
  const columns: Column<CpuReport>[] = [
    { heading: 'softnet cpu', align: 'right', value: ({ cpu }) => String(cpu) },
    { heading: 'processed', align: 'right', value: ({ processed }) => grouped(processed) },
    { heading: 'time_squeeze', align: 'right', value: ({ timeSqueeze }) => grouped(timeSqueeze) },
    { heading: 'busy', align: 'right', value: ({ busy }) => percent(busy) },
  ];
  return ['', ...table(columns, rows, bold)];
}

function drops(reasons: Readonly<Record<string, number>>, bold: Style): string[] {
  const columns: Column<readonly [string, number]>[] = [
    { heading: 'dropped because', value: ([reason]) => reason },
    { heading: 'frames', align: 'right', value: ([, count]) => grouped(count) },
    { heading: 'meaning', value: ([reason]) => meaningOf(reason) },
  ];
  const rows = Object.entries(reasons);
  return ['', ...(rows.length === 0 ? ['Nothing was dropped.'] : table(columns, rows, bold))];
}

/** The law of the house: what came in went somewhere. */
function conservation({ conservation: law }: Report): string[] {
  const created = Object.entries(law.created)
    .filter(([, count]) => count > 0)
    .map(([cause, count]) => ` + ${grouped(count)} copies (${cause})`);
  const ends = [
    [law.delivered, 'delivered to the stack'],
    [law.transmitted, 'transmitted'],
    [law.dropped, 'dropped'],
    [law.held, 'held'],
  ] as const;
  const gone = ends.filter(([count]) => count > 0).map(([count, how]) => `${grouped(count)} ${how}`);
  const sum = `${grouped(law.wire)} from the wire${created.join('')} = ${gone.join(' + ') || 0}`;
  const sentence = `Every frame is accounted for: ${sum}.`;
  return ['', ...wrapped(sentence, WIDTH)];
}
