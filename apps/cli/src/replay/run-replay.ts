import { type CaptureInput, type ReplayOptions, type Report, replay } from '@hookline/replay';
import { onInterruption } from '../interruption.ts';
import type { Session } from '../session.ts';
import { Progress } from '../terminal/progress.ts';
import { captureInputs } from './capture-inputs.ts';
import { OutputFile } from './output-file.ts';
import { type ReplayArguments, replayOptions } from './replay-arguments.ts';
import { textReport } from './text-report.ts';

/**
 * Replays captures and prints the report; a damaged capture ends in exit code 1 after it.
 *
 * @throws whatever loading the program or running it throws
 */
export async function runReplay(files: readonly string[], args: ReplayArguments, session: Session): Promise<void> {
  await printReport(await replayCaptures(captureInputs(files), args, session), args, session);
}

/** Replays captures; the output file is there afterwards only if all went well, or a capture ended early. */
export async function replayCaptures(
  captures: readonly CaptureInput[],
  args: ReplayArguments,
  session: Session,
): Promise<Report> {
  const options: ReplayOptions = { ...(await replayOptions(args)), captures };
  if (args.write === undefined) return runWithProgress(options, session);
  const read = [...captures.map(({ source }) => source), args.config, args.program?.replace(/#[^#]*$/, '')];
  const output = new OutputFile(
    args.write,
    read.filter((source) => typeof source === 'string'),
  );
  const forget = onInterruption(() => output.discard());
  try {
    const report = await runWithProgress({ ...options, output: output.writer }, session);
    await output.keep();
    return report;
  } catch (error) {
    output.discard();
    session.aftermath = `${output.path} was not written.`;
    throw error;
  } finally {
    forget();
  }
}

export async function printReport(report: Report, args: ReplayArguments, session: Session): Promise<void> {
  if (args.json === true) await session.stdout.line(JSON.stringify(report, null, 2));
  else await session.stdout.write(`${textReport(report, session.stdout).join('\n')}\n`);
  if (report.error === null) return;
  const aftermath = args.write === undefined ? '' : ` ${args.write} holds what left the host until then.`;
  await session.stderr.line(`hookline: ${report.error}${aftermath}`);
  session.exitCode = 1;
}

async function runWithProgress(options: ReplayOptions, session: Session): Promise<Report> {
  const progress = new Progress(session.stderr);
  // Of several captures or passes nobody knows yet how long the others are.
  const isOnly = options.captures.length === 1 && (options.loop ?? 1) === 1;
  let report: Report | undefined;
  try {
    await replay(options).events.forEach((event) => {
      if (event.kind === 'report') report = event.report;
      // Nothing waits for the terminal: a line that it misses is followed by the next.
      else if (event.kind === 'batch') {
        void progress.update(event.bytesRead, isOnly ? event.totalBytes : undefined, event.packets);
      }
    });
  } finally {
    await progress.clear();
  }
  return report as Report;
}
