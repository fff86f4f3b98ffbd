import type { ContextFields, Device, LoadedProgram, ProgramType } from '@hookline/bpf';
import type { ReplayProgram } from '@hookline/replay';
import { describeFrame } from '../failure/describe-frame.ts';
import { describePath } from '../failure/describe-path.ts';
import { diffPackets } from '../failure/packet-diff.ts';
import { pathOf } from '../failure/path.ts';
import { formatRows, type Row } from '../failure/rows.ts';
import { MatcherError } from '../matcher-error.ts';
import { frameBytes } from '../subject/frame.ts';
import { isLoadedProgram, programOf, type SubjectOptions } from '../subject/subject.ts';
import { currentWorld } from '../world/current-world.ts';
import { type Fate, VERDICTS_OF, verdictName } from '../world/verdict.ts';
import type { Outcome } from '../world/world.ts';
import type { MatcherResult } from './matcher-result.ts';

/** How a frame is run. */
export interface FrameOptions extends SubjectOptions {
  /** Context fields before the run: `{ ingressIfindex: 3 }`, `{ mark: 7 }`. */
  readonly context?: ContextFields;
}

const HOOKS: Readonly<Record<ProgramType, string>> = { xdp: 'XDP', sched_cls: 'TC' };

interface Trial {
  readonly outcome: Outcome;
  readonly frame: Uint8Array;
  /** What can be run again to see the path. */
  readonly program: ReplayProgram | undefined;
}

function tryFrame(subject: unknown, frame: unknown, options: FrameOptions): Trial {
  const bytes = frameBytes(frame);
  const { context = {} } = options;
  if (isLoadedProgram(subject))
    return { outcome: runLoaded(subject, bytes, options), frame: bytes, program: undefined };
  const program = programOf(subject, options);
  return { outcome: currentWorld().run(program, bytes, context), frame: bytes, program };
}

function runLoaded(loaded: LoadedProgram, bytes: Uint8Array, options: FrameOptions): Outcome {
  const { context = {}, ...others } = options;
  const wrong = Object.keys(others)[0];
  if (wrong !== undefined) {
    throw new MatcherError(
      'MATCHER_OPTION',
      `The program '${loaded.spec.name}' is loaded already: leave the option '${wrong}' out, and set its maps up yourself.`,
    );
  }
  const { name, type } = loaded.spec;
  const { verdict, frame } = loaded.testRun(bytes, { context });
  return { program: name, type, verdict: verdictName(type, verdict), frame, targets: undefined, counted: [] };
}

function describe({ outcome, frame, program }: Trial, { context = {} }: FrameOptions): string {
  const rows: Row[] = describeFrame(frame);
  for (const [index, line] of diffPackets(frame, outcome.frame).entries())
    rows.push([index === 0 ? 'Changed' : '', line]);
  const fields = Object.entries(context).map(([name, value]) => `${name} ${value}`);
  if (fields.length > 0) rows.push(['Context', fields.join(', ')]);
  const world = currentWorld().name;
  const targets = outcome.targets ?? [];
  const target = targets.length === 0 ? '' : ` to interface ${targets.join(', ')}`;
  rows.push(['Verdict', `${outcome.verdict}${target}${world === 'simulator' ? '' : ` in the ${world}`}`]);
  for (const { label, action } of outcome.counted) rows.push(['Counted', `${label} (${action})`]);
  const path = program && pathOf(program, frame, context);
  if (path !== undefined) rows.push(...describePath(path));
  return formatRows(rows);
}

function judge(trial: Trial, options: FrameOptions, isNot: boolean, pass: boolean, wish: string): MatcherResult {
  const { program, type, verdict } = trial.outcome;
  const said = pass ? 'it did' : `it said ${verdict}`;
  return {
    pass,
    message: () =>
      `Expected ${program} (${HOOKS[type]}) ${isNot ? 'not ' : ''}to ${wish}, but ${said}.\n\n${describe(trial, options)}`,
  };
}

function matcherOf(fate: Exclude<Fate, 'redirect'>) {
  return function matcher(
    this: { readonly isNot: boolean },
    subject: unknown,
    frame: unknown,
    options: FrameOptions = {},
  ): MatcherResult {
    const trial = tryFrame(subject, frame, options);
    const pass = VERDICTS_OF[trial.outcome.type][fate].includes(trial.outcome.verdict);
    return judge(trial, options, this.isNot, pass, `${fate} the frame`);
  };
}

export const toDrop = matcherOf('drop');
export const toPass = matcherOf('pass');
export const toTransmit = matcherOf('transmit');

/** @param device an interface, or its number */
export function toRedirectTo(
  this: { readonly isNot: boolean },
  subject: unknown,
  device: Pick<Device, 'ifindex'> | number,
  frame: unknown,
  options: FrameOptions = {},
): MatcherResult {
  const ifindex = typeof device === 'number' ? device : device.ifindex;
  if (!Number.isSafeInteger(ifindex) || ifindex < 1) {
    throw new MatcherError('MATCHER_OPTION', `${String(ifindex)} is no interface: give its number or its device.`);
  }
  if (isLoadedProgram(subject)) {
    throw new MatcherError(
      'MATCHER_SUBJECT',
      `A loaded program does not tell where it redirects to: give the program itself instead of '${subject.spec.name}'.`,
    );
  }
  const trial = tryFrame(subject, frame, options);
  const { type, verdict, targets } = trial.outcome;
  const redirects = VERDICTS_OF[type].redirect.includes(verdict);
  // Where the world does not tell, the assertion stands either way.
  const pass = redirects && (targets?.includes(ifindex) ?? !this.isNot);
  const wish = `redirect the frame to interface ${ifindex}`;
  const result = judge(trial, options, this.isNot, pass, wish);
  if (pass || !redirects) return result;
  const chosen = targets?.join(', ') || 'none: its map has no entry there';
  return { pass, message: () => result.message().replace('but it said REDIRECT', `but it chose ${chosen}`) };
}
