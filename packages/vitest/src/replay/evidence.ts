import type { LoadedObject } from '@hookline/bpf';
import type { Report } from '@hookline/replay';
import { MatcherError } from '../matcher-error.ts';

/** What a replay leaves besides its report, which stays plain data. */
export interface Evidence {
  /** The program with its maps as the last frame left them; undefined without a program. */
  readonly loaded: LoadedObject | undefined;
  /** A pcapng capture of what left the host, an interface for each way out. */
  readonly output: Uint8Array;
}

const evidence = new WeakMap<object, Evidence>();

export function keepEvidence(report: Report, kept: Evidence): Report {
  evidence.set(report, kept);
  return report;
}

/** @throws MatcherError MATCHER_SUBJECT for a report that did not come from `replay` of this package */
export function evidenceOf(report: unknown): Evidence {
  const kept = typeof report === 'object' && report !== null ? evidence.get(report) : undefined;
  if (kept !== undefined) return kept;
  throw new MatcherError(
    'MATCHER_SUBJECT',
    'This is no report of a replay in this test: give what await replay(capture, program) of @hookline/vitest resolves to.',
  );
}
