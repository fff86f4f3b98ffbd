import type { Change, Comparison, FlowChange, OutcomeReport } from '@hookline/replay';
import { note } from '../terminal/note.ts';
import type { Output } from '../terminal/output.ts';
import { grouped } from '../terminal/quantities.ts';
import { type Column, properties, table } from '../terminal/table.ts';
import { printable } from '../terminal/text.ts';

const INDENT = '  ';
/** Addresses, ports and flags fit; TCP's options would not. */
const LONGEST_SUMMARY = 100;

/**
 * The comparison for people: each kind of change, and under it the flows that it concerns.
 *
 * @param most flows to list for each kind of change; of the others it says how many there are
 */
export function textComparison(comparison: Comparison, most: number, output: Output): string[] {
  const bold = (text: string): string => output.style('bold', text);
  const severalFiles = comparison.captures.length > 1;
  return [
    ...overview(comparison),
    ...comparison.changes.flatMap((change) => ['', bold(headingOf(change)), ...flows(change, most, severalFiles)]),
    ...comparison.warnings.flatMap((warning) => note(warning, output)),
  ];
}

function overview({ captures, hook, old, new: fresh, frames, changes }: Comparison): string[] {
  const where = hook === 'tc' ? 'TC ingress' : 'XDP';
  const files = captures.map(({ file, packets }) => `${printable(file)}, ${counted(packets, 'packet')}`);
  const changed =
    frames.changed === 0
      ? `nothing: ${counted(frames.compared, 'frame')} fare alike`
      : `${grouped(frames.changed)} of ${counted(frames.compared, 'frame')}, in ${counted(changes.length, 'way')}`;
  return properties([
    ...files.map((file, index) => [index === 0 ? 'Compared' : '', file] as const),
    ['Old', `${printable(old)}, at ${where}`],
    ['New', `${printable(fresh)}, at ${where}`],
    ['Changed', changed],
  ]);
}

/** `PASS by rule 2: web -> DROP by default: 12 frames of 3 flows` */
function headingOf({ old, new: fresh, differs, frames, flows, framesOfOtherFlows }: Change): string {
  const more = framesOfOtherFlows > 0 ? ' or more' : '';
  const what = differs.includes('bytes') ? `${differs.length > 1 ? ', and' : ','} with other bytes` : '';
  const way = `${outcome(old)} -> ${outcome(fresh)}${what}`;
  return `${way}: ${counted(frames, 'frame')} of ${counted(flows.length, 'flow')}${more}`;
}

function outcome({ verdict, rules }: OutcomeReport): string {
  return printable(rules.length === 0 ? verdict : `${verdict} by ${rules.join(' and ')}`);
}

function flows({ flows, frames, framesOfOtherFlows }: Change, most: number, severalFiles: boolean): string[] {
  const shown = flows.slice(0, most);
  const columns: Column<FlowChange>[] = [
    { heading: 'frames', align: 'right', value: (flow) => grouped(flow.frames) },
    { heading: 'flow', value: ({ flow }) => flow ?? 'not IP' },
    ...(severalFiles ? [{ heading: 'capture', value: ({ example }: FlowChange) => printable(example.file) }] : []),
    { heading: 'packet', align: 'right', value: ({ example }) => grouped(example.packet) },
    { heading: 'for example', value: exampleOf },
  ];
  const lines = shown.length === 0 ? [] : table(columns, shown);
  const rest = frames - shown.reduce((sum, flow) => sum + flow.frames, 0);
  const how = framesOfOtherFlows > 0 ? 'more flows' : counted(flows.length - shown.length, 'more flow');
  if (rest > 0) lines.push(`and ${counted(rest, 'frame')} of ${how}`);
  return lines.map((line) => INDENT + line);
}

function exampleOf({ example: { summary, difference } }: FlowChange): string {
  const line = printable(summary);
  const short = line.length > LONGEST_SUMMARY ? `${line.slice(0, LONGEST_SUMMARY - 1)}…` : line;
  if (difference === null) return short;
  const { offset, old, new: fresh, oldLength, newLength } = difference;
  const length = oldLength === newLength ? '' : `, ${oldLength} -> ${newLength} bytes`;
  return `${short} (from byte ${offset}: ${old || 'end'} -> ${fresh || 'end'}${length})`;
}

function counted(count: number, what: string): string {
  return `${grouped(count)} ${what}${count === 1 ? '' : 's'}`;
}
