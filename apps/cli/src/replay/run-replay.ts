import { createCapture } from '@hookline/pcap';
import { type Pace, type ReplayOptions, type Report, replay, type ShapeOptions } from '@hookline/replay';
import { CliError } from '../cli-error.ts';
import { loadProgram } from '../program/load-program.ts';
import type { Session } from '../session.ts';
import { Progress } from '../terminal/progress.ts';
import { textReport } from './text-report.ts';

/** The options of `hookline replay`, as the argument parser gives them. */
export interface ReplayArguments {
  readonly program?: string;
  readonly config?: string;
  readonly hook?: 'xdp' | 'tc';
  readonly multiplier?: number;
  readonly pps?: number;
  readonly mbps?: number;
  readonly topspeed?: boolean;
  readonly loop?: number;
  readonly limit?: number;
  readonly queues?: number;
  readonly ring?: number;
  readonly lineRate?: number;
  readonly mtu?: number;
  readonly rxUsecs?: number;
  readonly cpus?: number;
  readonly seed?: number;
  readonly nic?: readonly string[];
  readonly promiscuous?: boolean;
  readonly rewriteMac?: boolean;
  readonly direction?: ShapeOptions['direction'];
  readonly cut?: ShapeOptions['cut'];
  readonly oversize?: ShapeOptions['oversize'];
  readonly checksums?: ShapeOptions['checksums'];
  readonly fcs?: ShapeOptions['fcs'];
  readonly write?: string;
  readonly json?: boolean;
}

/** The paces are alternatives; the first that was given counts, and two are an error. */
function paceOf(args: ReplayArguments): Pace | undefined {
  const given: [string, Pace][] = [];
  if (args.multiplier !== undefined) given.push(['--multiplier', { kind: 'original', multiplier: args.multiplier }]);
  if (args.pps !== undefined) given.push(['--pps', { kind: 'pps', rate: args.pps }]);
  if (args.mbps !== undefined) given.push(['--mbps', { kind: 'mbps', rate: args.mbps }]);
  if (args.topspeed === true) given.push(['--topspeed', { kind: 'topspeed' }]);
  if (given.length > 1) {
    throw new CliError('BAD_ARGUMENT', `${given.map(([name]) => name).join(' and ')} contradict each other: give one.`);
  }
  return given[0]?.[1];
}

/** The value without what is undefined, which `exactOptionalPropertyTypes` tells from missing. */
function present<T extends object>(value: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T;
}

async function replayOptions(files: readonly string[], args: ReplayArguments): Promise<ReplayOptions> {
  const program =
    args.program === undefined
      ? undefined
      : await loadProgram(args.program, present({ config: args.config, hook: args.hook }));
  if (program === undefined && args.config !== undefined) {
    throw new CliError('BAD_ARGUMENT', '--config goes with --program: name the program that it configures.');
  }
  const { queues, ring, mtu, rxUsecs, cpus, seed, lineRate, promiscuous } = args;
  return present<ReplayOptions>({
    captures: files.map((file) => (file === '-' ? { source: process.stdin, name: '<stdin>' } : { source: file })),
    program,
    pace: paceOf(args),
    loop: args.loop,
    limit: args.limit,
    shape: present({
      direction: args.direction,
      cut: args.cut,
      oversize: args.oversize,
      checksums: args.checksums,
      fcs: args.fcs,
      rewriteDestination: args.rewriteMac,
    }),
    device: present({ queues, rxRing: ring, txRing: ring, mtu, rxUsecs, lineRate, promiscuous }),
    otherDevices: (args.nic ?? []).map((name) => ({ name })),
    host: present({ cpus, seed }),
    output: args.write === undefined ? undefined : createCapture(args.write, { interfaces: [] }),
  });
}

/** Replays with progress on a terminal; the output capture is closed whatever happens. */
async function runWithProgress(options: ReplayOptions, session: Session): Promise<Report> {
  const progress = new Progress(session.stderr);
  let report: Report | undefined;
  try {
    await replay(options).events.forEach((event) => {
      if (event.kind === 'report') report = event.report;
      else if (event.kind === 'batch') void progress.update(event.bytesRead, event.totalBytes, event.packets);
    });
  } finally {
    await progress.clear();
    await options.output?.close();
  }
  return report as Report;
}

/** Replays captures and prints the report; a damaged capture ends in exit code 1 after it. */
export async function runReplay(files: readonly string[], args: ReplayArguments, session: Session): Promise<void> {
  const report = await runWithProgress(await replayOptions(files, args), session);
  if (args.json === true) await session.stdout.line(JSON.stringify(report, null, 2));
  else await session.stdout.write(`${textReport(report, session.stdout).join('\n')}\n`);
  if (report.error !== null) {
    await session.stderr.line(`hookline: ${report.error}`);
    session.exitCode = 1;
  }
}
