import { PROGRAM_TYPES, type ProgramType } from '@hookline/bpf';

/** What may happen to a frame, in words that both hooks have. */
export type Fate = 'drop' | 'pass' | 'transmit' | 'redirect';

/**
 * The verdicts of each fate. The TC ones are those that `sch_handle_ingress` (net/core/dev.c) treats so: what it lets go on
 * to the stack passes. TC has no verdict that sends a frame back.
 */
export const VERDICTS_OF: Readonly<Record<ProgramType, Readonly<Record<Fate, readonly string[]>>>> = {
  xdp: { drop: ['DROP'], pass: ['PASS'], transmit: ['TX'], redirect: ['REDIRECT'] },
  sched_cls: { drop: ['SHOT'], pass: ['OK', 'UNSPEC', 'PIPE', 'RECLASSIFY'], transmit: [], redirect: ['REDIRECT'] },
};

/** The name of a verdict, or its number where it has none. */
export function verdictName(type: ProgramType, verdict: number): string {
  const signed = verdict | 0;
  const found = Object.entries(PROGRAM_TYPES[type].verdicts).find(([, number]) => number === signed);
  return found === undefined ? `${signed}, which is no verdict` : found[0];
}
