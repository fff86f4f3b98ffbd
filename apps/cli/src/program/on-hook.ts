import type { BpfObject, ProgramType } from '@hookline/bpf';
import type { ReplayProgram } from '@hookline/replay';
import { CliError } from '../cli-error.ts';

export interface ProgramOptions {
  /** Path of a configuration, for a shipped program or a file that exports a service. */
  readonly config?: string;
  /** Which hook a program that has both goes on; XDP. */
  readonly hook?: 'xdp' | 'tc';
}

const TYPES: Readonly<Record<'xdp' | 'tc', ProgramType>> = { xdp: 'xdp', tc: 'sched_cls' };

/** Chooses the program of an object, and the hook that its type belongs on. */
export function onHook(
  object: BpfObject,
  member: string | undefined,
  path: string,
  hook: 'xdp' | 'tc' | undefined,
): ReplayProgram {
  const names = Object.keys(object.programs);
  const wanted = hook === undefined ? names : names.filter((name) => object.programs[name]?.type === TYPES[hook]);
  const key = member ?? (wanted.length === 1 ? wanted[0] : undefined);
  const program = key === undefined ? undefined : object.programs[key];
  if (key === undefined || program === undefined) {
    const list = names.map((name) => `${path}#${name}`).join(', ') || 'none';
    const problem = member === undefined ? `${wanted.length} programs` : `no program '${member}'`;
    throw new CliError(
      'PROGRAM_UNKNOWN',
      `${path} has ${problem}${hook === undefined ? '' : ` for ${hook}`}: choose from ${list}.`,
    );
  }
  if (hook !== undefined && program.type !== TYPES[hook]) {
    throw new CliError(
      'BAD_ARGUMENT',
      `${path}#${key} is a ${program.type} program: it cannot go on the ${hook} hook.`,
    );
  }
  return { name: key, object, ...(program.type === 'xdp' ? { xdp: key } : { tc: key }) };
}
