import { type CaptureInput, flatCounters, type ReplayOptions, type Report, replay } from '@hookline/replay';
import { onInterruption } from '../interruption.ts';
import type { Session } from '../session.ts';
import { csvLine } from '../terminal/csv.ts';
import { Progress } from '../terminal/progress.ts';
import { captureInputs } from './capture-inputs.ts';
import { OutputFile } from './output-file.ts';
import { type ReplayArguments, replayOptions } from './replay-arguments.ts';
import { SampleFile } from './sample-file.ts';
import { SampleRows, type SampleTable } from './sample-table.ts';
import { textReport } from './text-report.ts';

/** What a replay has found out; samples only where they belong into the report. */
export interface ReplayResult {
  readonly report: Report;
  readonly samples?: SampleTable;
}

/**
 * Replays captures and prints the report; a damaged capture ends in exit code 1 after it.
 *
 * @throws whatever loading the program or running it throws
 */
export async function runReplay(files: readonly string[], args: ReplayArguments, session: Session): Promise<void> {
  await printReport(await replayCaptures(captureInputs(files), args, session), args, session);
}

/** Replays captures; the files that are written are there afterwards only if all went well, or a capture ended early. */
export async function replayCaptures(
  captures: readonly CaptureInput[],
  args: ReplayArguments,
  session: Session,
): Promise<ReplayResult> {
  const options: ReplayOptions = { ...(await replayOptions(args)), captures };
  const inputs = [...captures.map(({ source }) => source), args.config, args.program?.replace(/#[^#]*$/, '')];
  const read = inputs.filter((source) => typeof source === 'string');
  const opened: { readonly file: SampleFile['file']; keep(): void | Promise<void> }[] = [];
  const forget = onInterruption(() => discard());
  const discard = (): void => {
    for (const { file } of opened) file.discard();
  };
  try {
    const output = args.write === undefined ? undefined : new OutputFile(args.write, read);
    if (output !== undefined) opened.push(output);
    const table = args.csv === undefined ? undefined : new SampleFile(args.csv, read);
    if (table !== undefined) opened.push(table);
    const columnsAndRows: (readonly (string | number)[])[] = [];
    const rows = new SampleRows((row) => (table === undefined ? columnsAndRows.push(row) : table.write(row)));
    const full = output === undefined ? options : { ...options, output: output.writer };
    const report = await runWithProgress(full, rows, session);
    for (const one of opened) await one.keep();
    const [columns, ...values] = columnsAndRows as [string[], ...number[][]];
    return columns === undefined ? { report } : { report, samples: { columns, rows: values } };
  } catch (error) {
    discard();
    const lost = opened.map(({ file }) => file.path);
    if (lost.length > 0) session.aftermath = `${lost.join(' and ')} ${lost.length > 1 ? 'were' : 'was'} not written.`;
    throw error;
  } finally {
    forget();
  }
}

/** The report in each format, as text. */
const FORMATS = {
  text: ({ report }: ReplayResult, { stdout }: Session) => `${textReport(report, stdout).join('\n')}\n`,
  json: ({ report, samples }: ReplayResult) =>
    `${JSON.stringify(samples === undefined ? report : { ...report, samples }, null, 2)}\n`,
  csv: ({ report }: ReplayResult) =>
    [['counter', 'value'], ...Object.entries(flatCounters(report))].map(csvLine).join(''),
} as const;

export type ReportFormat = keyof typeof FORMATS;

export async function printReport(
  result: ReplayResult,
  args: Pick<ReplayArguments, 'json' | 'format' | 'write'>,
  session: Session,
): Promise<void> {
  const { error } = result.report;
  await session.stdout.write(FORMATS[args.json === true ? 'json' : (args.format ?? 'text')](result, session));
  if (error === null) return;
  const aftermath = args.write === undefined ? '' : ` ${args.write} holds what left the host until then.`;
  await session.stderr.line(`hookline: ${error}${aftermath}`);
  session.exitCode = 1;
}

/** Runs a replay; its samples, the last of which is the report, go into `rows`. */
async function runWithProgress(options: ReplayOptions, rows: SampleRows, session: Session): Promise<Report> {
  const progress = new Progress(session.stderr);
  // Of several captures or passes nobody knows yet how long the others are.
  const isOnly = options.captures.length === 1 && (options.loop ?? 1) === 1;
  let report: Report | undefined;
  try {
    await replay(options).events.forEach((event) => {
      if (event.kind === 'report') report = event.report;
      else if (event.kind === 'sample') rows.add(event.counters);
      // Nothing waits for the terminal: a line that it misses is followed by the next.
      else void progress.update(event.bytesRead, isOnly ? event.totalBytes : undefined, event.packets);
    });
  } finally {
    await progress.clear();
  }
  const complete = report as Report;
  if (options.sampleInterval !== undefined) rows.add(complete);
  return complete;
}
