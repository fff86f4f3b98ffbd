import { resolve } from 'node:path';
import type { BpfObject, Service } from '@hookline/bpf';
import { bpfObject, type Program } from '@hookline/builder';
import { type ReplayProgram, serviceProgram } from '@hookline/replay';
import { CliError } from '../cli-error.ts';
import { importModule, type Module } from './import-module.ts';
import { moduleError } from './module-error.ts';
import { forHook, objectProgram } from './object-program.ts';
import type { HookName, ProgramOptions } from './program-options.ts';
import { readConfig } from './read-config.ts';

/** What an export can be, by its `kind`: two copies of a package may meet, so nothing here may ask `instanceof`. */
interface Exports {
  readonly program: Program;
  readonly service: Service<unknown, unknown>;
  readonly object: BpfObject;
  readonly map: unknown;
}

/** Versions of the contracts that this package knows; an object is plain data and has none. */
const VERSION = 1;

function isKind<K extends keyof Exports>(value: unknown, kind: K): value is Exports[K] {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

function isRunnable(value: unknown, hook: HookName | undefined): boolean {
  if (isKind(value, 'program')) return hook === undefined || value.hook === hook;
  return isKind(value, 'service') || isKind(value, 'object');
}

/**
 * Loads a module and takes one program out of it: a builder program, a service, or an object (`#object.program`
 * names a program of one that has several).
 */
export async function loadModule(
  { path, member }: { readonly path: string; readonly member: string | undefined },
  options: ProgramOptions,
): Promise<ReplayProgram> {
  const module = await importModule(path);
  // The programs that are wanted and every map of the module; its other programs need not even build.
  const objectOf = (names: readonly string[]): BpfObject => {
    const members = Object.entries(module).filter(([name, value]) => isKind(value, 'map') || names.includes(name));
    return building(path, () => bpfObject(Object.fromEntries(members)));
  };
  const programs = Object.keys(module).filter(
    (name) => isKind(module[name], 'program') && isRunnable(module[name], options.hook),
  );
  if (options.all === true && member === undefined && programs.length > 1) {
    return objectProgram(objectOf(programs), undefined, options, path, '#');
  }
  const [name, program] = chooseExport(module, member, path, options.hook);
  const value = module[name];
  const reference = `${path}#${name}`;
  checkVersion(value, reference);
  if (isKind(value, 'service') && program === undefined) {
    const config = await readConfig(value, options.config);
    return building(path, () => serviceProgram(value, config, options.hook));
  }
  if (options.config !== undefined) {
    throw new CliError('BAD_ARGUMENT', `${reference} takes no configuration: leave --config out.`);
  }
  if (isKind(value, 'object')) return objectProgram(value, program, options, reference, '.');
  return objectProgram(objectOf([name]), name, options, path, '#');
}

/** @returns the export's name, and the name of a program inside it if the user gave one */
function chooseExport(
  module: Module,
  member: string | undefined,
  path: string,
  hook: HookName | undefined,
): readonly [name: string, program: string | undefined] {
  const names = Object.keys(module).filter((name) => isRunnable(module[name], hook));
  const choices = names.map((name) => `${path}#${name}`).join(', ');
  if (names.length === 0) {
    const problem = `${path} exports no program${forHook(hook)}`;
    throw new CliError('PROGRAM_UNKNOWN', `${problem}: export what ${hook ?? 'xdp'}('name', ...) gives.`);
  }
  if (member === undefined) {
    if (names.length > 1) {
      const problem = `${path} exports ${names.length} programs${forHook(hook)}`;
      throw new CliError('PROGRAM_UNKNOWN', `${problem}: choose ${choices}.`);
    }
    return [names[0] as string, undefined];
  }
  const [name = '', ...rest] = member.split('.');
  const program = rest.length === 0 ? undefined : rest.join('.');
  if (!names.includes(name) || (program !== undefined && !isKind(module[name], 'object'))) {
    throw new CliError('PROGRAM_UNKNOWN', `${path} exports no program '${member}'${forHook(hook)}: choose ${choices}.`);
  }
  return [name, program];
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

/** Runs the bodies of programs, which are the user's code. */
function building<T>(path: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    throw moduleError(error, resolve(path));
  }
}
