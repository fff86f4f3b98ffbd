import { resolve } from 'node:path';
import type { CapturePoint, Pace, ReplayOptions, ShapeOptions } from '@hookline/replay';
import { CliError } from '../cli-error.ts';
import { loadProgram } from '../program/load-program.ts';
import type { HookName } from '../program/program-options.ts';
import type { ReportFormat } from './run-replay.ts';

/** The options about packets as captures have them. */
export interface ShapeArguments extends Partial<Omit<ShapeOptions, 'rewriteDestination'>> {
  readonly rewriteMac?: boolean;
}

/** The options of `hookline replay`, as the argument parser gives them. */
export interface ReplayArguments extends ShapeArguments {
  readonly program?: string;
  readonly config?: string;
  readonly hook?: HookName;
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
  readonly write?: string;
  readonly points?: readonly CapturePoint[];
  /** Nanoseconds. */
  readonly samples?: number;
  readonly csv?: string;
  readonly format?: ReportFormat;
  readonly json?: boolean;
}

/** The device that the captures go into; the simulated host numbers its devices from 2 on, as lo is 1. */
export const DEVICE = { name: 'eth0', ifindex: 2 };

/** The further devices, by their names. */
export function otherDevices(names: readonly string[] = []): { readonly name: string; readonly ifindex: number }[] {
  return names.map((name, index) => ({ name, ifindex: DEVICE.ifindex + 1 + index }));
}

export function shapeOf(args: ShapeArguments): Partial<ShapeOptions> {
  const { direction, cut, oversize, checksums, fcs, rewriteMac: rewriteDestination } = args;
  return present({ direction, cut, oversize, checksums, fcs, rewriteDestination });
}

/** What a host can have. */
const MOST_PACKET_BUFFERS = 1_000_000;
/** Of a device for which nothing else is said. */
const QUEUES = 4;
const RING = 512;

/** Everything a replay needs but the captures and where the output goes. */
export async function replayOptions(args: ReplayArguments): Promise<Omit<ReplayOptions, 'captures'>> {
  if (args.program === undefined && (args.config ?? args.hook) !== undefined) {
    const option = args.config === undefined ? '--hook' : '--config';
    throw new CliError('BAD_ARGUMENT', `${option} says something about a program: name it with --program.`);
  }
  if (args.points !== undefined && args.write === undefined) {
    throw new CliError('BAD_ARGUMENT', '--points says what is captured: name the file with --write.');
  }
  checkSampling(args);
  checkRings(args);
  const others = otherDevices(args.nic);
  const { config, hook, program: reference } = args;
  const program =
    reference === undefined
      ? undefined
      : await loadProgram(reference, present({ config, hook, devices: [DEVICE, ...others] }));
  const { loop, limit, points, samples: sampleInterval } = args;
  const { queues, ring, mtu, rxUsecs, lineRate, promiscuous, cpus, seed } = args;
  return present<Omit<ReplayOptions, 'captures'>>({
    program,
    pace: paceOf(args),
    loop,
    limit,
    sampleInterval,
    points,
    shape: shapeOf(args),
    device: { ...DEVICE, ...present({ queues, rxRing: ring, txRing: ring, mtu, rxUsecs, lineRate, promiscuous }) },
    otherDevices: others,
    host: present({ cpus, seed }),
  });
}

/** Samples need a place to go to, and one of their own. */
function checkSampling({ samples, csv, json, format, write }: ReplayArguments): void {
  if (samples === undefined && csv !== undefined) {
    throw new CliError('BAD_ARGUMENT', '--csv takes samples of the counters: say how often with --samples 1ms.');
  }
  if (csv !== undefined && write !== undefined && resolve(csv) === resolve(write)) {
    throw new CliError('BAD_ARGUMENT', `--csv ${csv}: --write names the same file: name another one.`);
  }
  if (samples !== undefined && csv === undefined && json !== true && format !== 'json') {
    throw new CliError('BAD_ARGUMENT', '--samples needs a place for them: add --csv <file> or --json.');
  }
}

/** The rings of all devices must find their packet buffers: a host makes room for them as far as it can. */
function checkRings({ queues = QUEUES, ring = RING, nic = [] }: ReplayArguments): void {
  const wanted = 2 * queues * ring + 2 * QUEUES * RING * nic.length;
  if (wanted <= MOST_PACKET_BUFFERS) return;
  const what = `--queues ${queues} with --ring ${ring}`;
  throw new CliError(
    'BAD_ARGUMENT',
    `${what}: full rings take ${wanted} packet buffers, and a host has at most ${MOST_PACKET_BUFFERS}: give fewer queues, or smaller rings.`,
  );
}

/** The parser lets only one of them through. */
function paceOf({ multiplier, pps, mbps, topspeed }: ReplayArguments): Pace | undefined {
  if (multiplier !== undefined) return { kind: 'original', multiplier };
  if (pps !== undefined) return { kind: 'pps', rate: pps };
  if (mbps !== undefined) return { kind: 'mbps', rate: mbps };
  return topspeed === true ? { kind: 'topspeed' } : undefined;
}

/** The value without what is undefined, which `exactOptionalPropertyTypes` tells from missing. */
export function present<T extends object>(value: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T;
}
