import { type Comparison, compare, type ReplayProgram } from '@hookline/replay';
import { loadProgram } from '../program/load-program.ts';
import type { HookName } from '../program/program-options.ts';
import { captureInputs } from '../replay/capture-inputs.ts';
import { DEVICE, otherDevices, present, type ShapeArguments, shapeOf } from '../replay/replay-arguments.ts';
import type { Session } from '../session.ts';
import { Progress } from '../terminal/progress.ts';
import { textComparison } from './text-comparison.ts';

/** The options of `hookline compare`, as the argument parser gives them. */
export interface CompareArguments extends ShapeArguments {
  readonly oldConfig?: string;
  readonly newConfig?: string;
  readonly hook?: HookName;
  readonly mtu?: number;
  readonly nic?: readonly string[];
  readonly seed?: number;
  readonly limit?: number;
  readonly flows: number;
  readonly json?: boolean;
}

/**
 * Compares two programs and prints what differs; if anything does, or a capture is damaged, the exit code is 1.
 *
 * @throws whatever loading the programs or running them throws
 */
export async function runCompare(
  old: string,
  fresh: string,
  files: readonly string[],
  args: CompareArguments,
  session: Session,
): Promise<void> {
  const { stdout, stderr } = session;
  const captures = captureInputs(files);
  const others = otherDevices(args.nic);
  const load = async (reference: string, config: string | undefined): Promise<ReplayProgram> => {
    const program = await loadProgram(reference, present({ config, hook: args.hook, devices: [DEVICE, ...others] }));
    return config === undefined ? program : { ...program, name: `${program.name} with ${config}` };
  };
  const { mtu, seed, limit } = args;
  const progress = new Progress(stderr);
  let comparison: Comparison;
  try {
    comparison = await compare({
      ...present({ limit }),
      old: await load(old, args.oldConfig),
      new: await load(fresh, args.newConfig),
      captures,
      shape: shapeOf(args),
      device: { ...DEVICE, ...present({ mtu }) },
      otherDevices: others,
      host: present({ seed }),
      onProgress: ({ bytesRead, totalBytes, packets }) =>
        // Nothing waits for the terminal: a line that it misses is followed by the next.
        void progress.update(bytesRead, captures.length === 1 ? totalBytes : undefined, packets),
    });
  } finally {
    await progress.clear();
  }
  if (args.json === true) await stdout.line(JSON.stringify(comparison, null, 2));
  else await stdout.write(`${textComparison(comparison, args.flows, stdout).join('\n')}\n`);
  if (comparison.error !== null) await stderr.line(`hookline: ${comparison.error}`);
  if (comparison.error !== null || comparison.frames.changed > 0) session.exitCode = 1;
}
