import { resolve } from 'node:path';
import { bpfObject } from '@hookline/builder';
import type { ReplayProgram } from '@hookline/replay';
import { CliError } from '../cli-error.ts';
import { chooseExports, isKind } from './exports.ts';
import { importModule } from './import-module.ts';
import { moduleError } from './module-error.ts';
import { objectProgram } from './object-program.ts';
import type { ProgramOptions } from './program-options.ts';
import { readConfig } from './read-config.ts';
import { serviceOnHook } from './service-on-hook.ts';

/**
 * Loads a module and takes one program out of it: a builder program, a service, or an object (`#object.program`
 * names a program of one that has several).
 */
export async function loadModule(
  { path, member }: { readonly path: string; readonly member: string | undefined },
  options: ProgramOptions,
): Promise<ReplayProgram> {
  const module = await importModule(path);
  const { names, inner } = chooseExports(module, member, path, options);
  const [name] = names;
  const value = module[name];
  const reference = `${path}#${name}`;
  if (isKind(value, 'service')) {
    const config = await readConfig(value, options.config);
    return building(path, () => serviceOnHook(value, config, options.hook, reference));
  }
  if (options.config !== undefined) {
    throw new CliError('BAD_ARGUMENT', `${reference} takes no configuration: leave --config out.`);
  }
  if (isKind(value, 'object')) return objectProgram(value, inner, options, reference, '.');
  // The programs that are wanted and every map of the module; its other programs need not even build.
  const members = Object.entries(module).filter(([key, member]) => isKind(member, 'map') || names.includes(key));
  const object = building(path, () => bpfObject(Object.fromEntries(members)));
  return objectProgram(object, names.length === 1 ? name : undefined, options, path, '#');
}

/** Runs the bodies of programs, which are the user's code. */
function building<T>(path: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw moduleError(error, resolve(path));
  }
}
