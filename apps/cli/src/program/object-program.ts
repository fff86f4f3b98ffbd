import type { BpfObject } from '@hookline/bpf';
import type { ReplayProgram } from '@hookline/replay';
import { CliError } from '../cli-error.ts';
import { type HookName, type ProgramOptions, TYPE_OF_HOOK } from './program-options.ts';

/**
 * One program of an object, on the hook that its type belongs on; or the object without a choice, if `all` will do.
 *
 * @param key which one; undefined where the object has only one for the hook
 * @param reference what the user wrote to get the object, for errors
 * @param separator what goes between that and the name of a program
 * @throws CliError PROGRAM_UNKNOWN with the choices
 */
export function objectProgram(
  object: BpfObject,
  key: string | undefined,
  { hook, all }: ProgramOptions,
  reference: string,
  separator: string,
): ReplayProgram {
  const fits = ([, { type }]: [string, { type: string }]): boolean => hook === undefined || type === TYPE_OF_HOOK[hook];
  const candidates = Object.entries(object.programs).filter(fits);
  const found = key === undefined ? candidates : candidates.filter(([name]) => name === key);
  const [chosen] = found;
  if (key === undefined && all === true && found.length > 1) return { name: reference, object };
  if (chosen === undefined || found.length > 1) {
    const what =
      key === undefined ? `${found.length === 0 ? 'no program' : `${found.length} programs`}` : `no '${key}'`;
    const choices = candidates.map(([name]) => `${reference}${separator}${name}`).join(', ');
    const remedy = choices === '' ? 'name another file or hook' : `choose ${choices}`;
    throw new CliError('PROGRAM_UNKNOWN', `${reference} has ${what}${forHook(hook)}: ${remedy}.`);
  }
  const [name, { type }] = chosen;
  return { name, object, [type === 'xdp' ? 'xdp' : 'tc']: name };
}

/** ` for the tc hook`, to be put behind what is missing there. */
export function forHook(hook: HookName | undefined): string {
  return hook === undefined ? '' : ` for the ${hook} hook`;
}
