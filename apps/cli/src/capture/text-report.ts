import { type Capture, type CaptureInterface, linkTypeName, type PacketBatch } from '@hookline/pcap';
import type { Output } from '../terminal/output.ts';
import { grouped, instant, scaled, seconds } from '../terminal/quantities.ts';
import { properties, table } from '../terminal/table.ts';
import { printable } from '../terminal/text.ts';
import { type CaptureReport, type Dissect, summaryOf } from './capture-report.ts';
import type { Totals } from './totals.ts';

/** Interfaces that are listed; a hostile file may describe thousands. */
const MOST_INTERFACES = 32;

/** The report for people. */
export class TextReport implements CaptureReport {
  readonly #file: string;
  readonly #output: Output;
  readonly #dissect: Dissect;
  #capture: Capture | undefined;
  #listed = false;

  constructor(file: string, output: Output, dissect: Dissect) {
    this.#file = file;
    this.#output = output;
    this.#dissect = dissect;
  }

  async begin(capture: Capture | undefined): Promise<void> {
    this.#capture = capture;
  }

  async list(batch: PacketBatch, count: number): Promise<void> {
    const lines: string[] = [];
    for (let i = 0; i < count; i += 1) lines.push(this.#packet(batch, i));
    this.#listed ||= count > 0;
    if (count > 0) await this.#output.write(`${lines.join('\n')}\n`);
  }

  async end(totals: Totals): Promise<void> {
    const capture = this.#capture;
    if (capture === undefined) return;
    const output = this.#output;
    const style = (text: string) => output.style('bold', text);
    if (this.#listed) await output.line();
    await output.line(`${style(printable(this.#file))}  ${capture.format}${capture.compressed ? ', gzip' : ''}`);
    for (const line of properties(this.#summary(totals))) await output.line(`  ${line}`);
    if (capture.interfaces.length === 0) return;
    await output.line();
    for (const line of table(COLUMNS, ports(capture, totals), style)) await output.line(line);
    const more = capture.interfaces.length - MOST_INTERFACES;
    if (more > 0) await output.line(`and ${grouped(more)} more`);
  }

  #summary(totals: Totals): [string, string][] {
    const { packets, capturedBytes, originalBytes, first, last } = totals;
    const rows: [string, string][] = [
      ['packets', grouped(packets)],
      ['captured', `${grouped(capturedBytes)} bytes`],
      ['on the wire', `${grouped(originalBytes)} bytes`],
    ];
    if (first !== null && last !== null) {
      rows.push(['first packet', instant(first)], ['last packet', instant(last)], ['duration', seconds(last - first)]);
      const elapsed = Number(last - first) / 1e9;
      if (elapsed > 0) {
        const rates = `${scaled(packets / elapsed, 'packets/s')}, ${scaled((8 * originalBytes) / elapsed, 'b/s')}`;
        rows.push(['average rate', rates]);
      }
    } else if (packets > 0) {
      rows.push(['time', 'some packets have no timestamp']);
    }
    return rows;
  }

  #packet(batch: PacketBatch, index: number): string {
    const time = batch.timestamp(index);
    const parts = [
      String(batch.firstNumber + index).padStart(6),
      time === undefined ? '-' : instant(time).replace(/ UTC$/, ''),
    ];
    const name = batch.interface(index).name;
    if (name !== undefined) parts.push(printable(name));
    const direction = batch.direction(index);
    if (direction !== undefined) parts.push(direction);
    parts.push(printable(summaryOf(this.#dissect, batch, index)));
    for (const comment of batch.comments(index)) parts.push(`# ${printable(comment)}`);
    return parts.join('  ');
  }
}

interface Port {
  readonly index: number;
  readonly described: CaptureInterface;
  readonly packets: number;
  readonly originalBytes: number;
}

const COLUMNS = [
  { heading: 'interface', value: ({ index, described }: Port) => printable(described.name ?? `#${index}`) },
  { heading: 'link type', value: ({ described }: Port) => linkTypeName(described.linkType) },
  {
    heading: 'snap length',
    align: 'right',
    value: ({ described }: Port) => (described.snapLength === 0 ? 'none' : grouped(described.snapLength)),
  },
  {
    heading: 'time unit',
    align: 'right',
    value: ({ described: { resolution } }: Port) => `${resolution.base}^-${resolution.exponent} s`,
  },
  { heading: 'packets', align: 'right', value: ({ packets }: Port) => grouped(packets) },
  { heading: 'bytes', align: 'right', value: ({ originalBytes }: Port) => grouped(originalBytes) },
] as const;

function ports(capture: Capture, totals: Totals): Port[] {
  return capture.interfaces.slice(0, MOST_INTERFACES).map((described, index) => ({
    index,
    described,
    ...(totals.interfaces[index] ?? { packets: 0, originalBytes: 0 }),
  }));
}
