import type { Report } from '@hookline/replay';
import { formatRows, type Row } from '../failure/rows.ts';
import { MatcherError } from '../matcher-error.ts';
import type { MatcherResult } from './matcher-result.ts';

/** How many frames of a reason, or of all: at least one where nothing else is said. */
export interface DropExpectation {
  /** A key of `report.drops`: `xdp_drops`, `rx_missed_errors`, `TC_INGRESS`, ... Default: all of them. */
  readonly reason?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly exactly?: number;
}

interface Matching {
  readonly isNot: boolean;
}

/** Verdicts that a report counts, and those that a test expects; what a test leaves out is 0. */
export function toHaveVerdicts(
  this: Matching,
  subject: unknown,
  expected: Readonly<Record<string, number>>,
): MatcherResult {
  const report = reportOf(subject);
  const counted: Readonly<Record<string, number>> = report.hook === 'tc' ? report.tc : report.verdicts;
  const unknown = Object.keys(expected).find((name) => !Object.hasOwn(counted, name));
  if (unknown !== undefined) {
    const known = Object.keys(counted).join(', ');
    throw new MatcherError('MATCHER_OPTION', `There is no verdict '${unknown}' in this report: give ${known}.`);
  }
  const names = Object.keys(counted).filter((name) => counted[name] !== 0 || expected[name] !== undefined);
  const isRight = (name: string): boolean => counted[name] === (expected[name] ?? 0);
  const rows = names.map((name): Row => {
    const wanted = isRight(name) ? '' : `, expected ${expected[name] ?? 0}`;
    return [name, `${counted[name]}${wanted}`];
  });
  return {
    pass: names.every(isRight),
    message: () => `Expected ${subjectOf(report)} ${not(this)}to have these verdicts:\n\n${formatRows(rows)}`,
  };
}

export function toHaveDropped(this: Matching, subject: unknown, expected: DropExpectation = {}): MatcherResult {
  const report = reportOf(subject);
  const { reason, exactly } = expected;
  const least = exactly ?? expected.atLeast ?? (expected.atMost === undefined ? 1 : 0);
  const most = exactly ?? expected.atMost ?? Number.POSITIVE_INFINITY;
  if (!(least >= 0 && least <= most)) {
    throw new MatcherError('MATCHER_OPTION', `No count is from ${least} to ${most}: give numbers that can be.`);
  }
  const count = reason === undefined ? report.conservation.dropped : (report.drops[reason] ?? 0);
  const range =
    least === most ? `${least}` : most === Number.POSITIVE_INFINITY ? `at least ${least}` : `${least} to ${most}`;
  const rows = Object.entries(report.drops).map(([name, frames]): Row => [name, String(frames)]);
  const what = reason === undefined ? 'frames' : `frames for ${reason}`;
  return {
    pass: count >= least && count <= most,
    message: () =>
      `Expected ${subjectOf(report)} ${not(this)}to have dropped ${range} ${what}, but it dropped ${count}.\n\n` +
      formatRows(rows.length === 0 ? [['Drops', 'none']] : rows),
  };
}

/** From the wire + created = transmitted + delivered + dropped + held. */
export function toConserveFrames(this: Matching, subject: unknown): MatcherResult {
  const report = reportOf(subject);
  const { wire, created, transmitted, delivered, dropped, held } = report.conservation;
  const incoming = wire + Object.values(created).reduce((sum, count) => sum + count, 0);
  const outgoing = transmitted + delivered + dropped + held;
  const rows: Row[] = [
    ['In', `${wire} from the wire, ${incoming - wire} created`],
    ['Out', `${transmitted} transmitted, ${delivered} delivered, ${dropped} dropped, ${held} held`],
  ];
  return {
    pass: incoming === outgoing,
    message: () =>
      `Expected ${subjectOf(report)} ${not(this)}to conserve frames: ${incoming} came in, ${outgoing} are accounted for.\n\n` +
      formatRows(rows),
  };
}

function not({ isNot }: Matching): string {
  return isNot ? 'not ' : '';
}

function subjectOf({ program, captures }: Report): string {
  return `the replay of ${captures.map(({ file }) => file).join(', ')} through ${program ?? 'no program'}`;
}

/** Plain data will do: a report may come from a file. */
function reportOf(subject: unknown): Report {
  const report = subject as Partial<Report> | null | undefined;
  if (report?.conservation !== undefined && report.verdicts !== undefined && report.drops !== undefined) {
    return report as Report;
  }
  throw new MatcherError(
    'MATCHER_SUBJECT',
    'expect was given no report of a replay: give what await replay(capture, program) resolves to.',
  );
}
