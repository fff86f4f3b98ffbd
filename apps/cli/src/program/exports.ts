import type { BpfObject, Service } from '@hookline/bpf';
import type { Program } from '@hookline/builder';
import { CliError } from '../cli-error.ts';
import type { Module } from './import-module.ts';
import { forHook } from './object-program.ts';
import type { ProgramOptions } from './program-options.ts';

/** What an export can be, by its `kind`: two copies of a package may meet, so nothing here may ask `instanceof`. */
interface Kinds {
  readonly program: Program;
  readonly service: Service<unknown, unknown>;
  readonly object: BpfObject;
  readonly map: unknown;
}

/** Versions of the contracts that this package knows; an object is plain data and has none. */
const VERSION = 1;

export function isKind<K extends keyof Kinds>(value: unknown, kind: K): value is Kinds[K] {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

/** What of a module is to run: names of exports, and of a program inside the only one if the user gave one. */
export interface Choice {
  readonly names: readonly [string, ...string[]];
  readonly inner: string | undefined;
}

/**
 * Chooses what can run of a module: one export, or all its programs if `all` will do.
 *
 * @param member what the user wrote behind `#`
 * @throws CliError PROGRAM_UNKNOWN with the choices, PROGRAM_FILE for something made by another version
 */
export function chooseExports(
  module: Module,
  member: string | undefined,
  path: string,
  { hook, all }: ProgramOptions,
): Choice {
  const runnable = (value: unknown): boolean =>
    isKind(value, 'program')
      ? hook === undefined || value.hook === hook
      : isKind(value, 'service') || isKind(value, 'object');
  const [first, ...others] = Object.keys(module).filter((name) => runnable(module[name]));
  if (first === undefined) {
    const problem = `${path} exports no program${forHook(hook)}`;
    throw new CliError('PROGRAM_UNKNOWN', `${problem}: export what ${hook ?? 'xdp'}('name', ...) gives.`);
  }
  const [chosenName = first, ...rest] = member?.split('.') ?? [];
  const inner = rest.length === 0 ? undefined : rest.join('.');
  const names = [first, ...others];
  const choices = names.map((name) => `${path}#${name}`).join(', ');
  if (!names.includes(chosenName) || (inner !== undefined && !isKind(module[chosenName], 'object'))) {
    throw new CliError('PROGRAM_UNKNOWN', `${path} exports no program '${member}'${forHook(hook)}: choose ${choices}.`);
  }
  const several = member === undefined && others.length > 0;
  if (several && !(all === true && names.every((name) => isKind(module[name], 'program')))) {
    const problem = `${path} exports ${names.length} programs${forHook(hook)}`;
    throw new CliError('PROGRAM_UNKNOWN', `${problem}: choose ${choices}.`);
  }
  const chosen: Choice['names'] = several ? [first, ...others] : [chosenName];
  for (const name of chosen) checkVersion(module[name], `${path}#${name}`);
  return { names: chosen, inner };
}

function checkVersion(value: unknown, reference: string): void {
  if (isKind(value, 'object')) return;
  const { version } = value as { readonly version?: unknown };
  if (version === VERSION) return;
  throw new CliError(
    'PROGRAM_FILE',
    `${reference} was made for version ${String(version)} of the contract, this is ${VERSION}: use one version of hookline.`,
  );
}
