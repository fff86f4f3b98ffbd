import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BpfObject, Service } from '@hookline/bpf';
import { bpfObject, type Program } from '@hookline/builder';
import { type ReplayProgram, serviceProgram } from '@hookline/replay';
import { CliError } from '../cli-error.ts';
import { onHook, type ProgramOptions } from './on-hook.ts';
import { readConfig } from './read-config.ts';

type Module = Readonly<Record<string, unknown>>;
type AnyService = Service<unknown, unknown>;

/** Which of our things a value is: two copies of a package may meet, so nothing here may ask `instanceof`. */
function isKind<T extends { readonly kind: string }>(value: unknown, kind: T['kind']): value is T {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

let hooked = false;

/**
 * Lets a file that belongs to no project import `hookline` and its packages: what cannot be found from there is
 * looked for from here.
 */
function resolveOurNames(): void {
  if (hooked) return;
  hooked = true;
  registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        const ours = specifier === 'hookline' || specifier.startsWith('@hookline/');
        if (!ours || (error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
        return next(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
}

async function importModule(path: string): Promise<Module> {
  resolveOurNames();
  try {
    return await import(pathToFileURL(resolve(path)).href);
  } catch (error) {
    const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    const place =
      /(?:file:\/\/)?(\/[^\s?()]*\.[cm]?[jt]s)(?:\?[^:)]*)?:(\d+)/.exec(stack)?.slice(1, 3).join(':') ?? path;
    throw new CliError(
      'PROGRAM_FILE',
      `${place}: the module cannot be loaded: ${message}. Run it with node to see more.`,
      {
        cause: error,
      },
    );
  }
}

/** Loads a module and takes one program out of it: a builder program, an object, or a service. */
export async function loadModule(
  path: string,
  member: string | undefined,
  options: ProgramOptions,
): Promise<ReplayProgram> {
  const module = await importModule(path);
  const { value, name } = choose(module, member, path, options.hook);
  if (isKind<AnyService>(value, 'service')) {
    return serviceProgram(value, await readConfig(value, options.config), options.hook);
  }
  if (options.config !== undefined) {
    throw new CliError('BAD_ARGUMENT', `${path}#${name} takes no configuration: leave --config out.`);
  }
  if (isKind<BpfObject>(value, 'object')) return onHook(value, undefined, `${path}#${name}`, options.hook);
  // The program and every map of the module; its other programs need not even build.
  const maps = Object.entries(module).filter(([, exported]) => isKind(exported, 'map'));
  return onHook(bpfObject({ ...Object.fromEntries(maps), [name]: value }), name, path, options.hook);
}

interface Choice {
  readonly name: string;
  readonly value: unknown;
}

function choose(module: Module, member: string | undefined, path: string, hook: 'xdp' | 'tc' | undefined): Choice {
  const runnable = Object.entries(module).filter(
    ([, value]) =>
      (isKind<Program>(value, 'program') && (hook === undefined || value.hook === hook)) ||
      isKind(value, 'service') ||
      isKind(value, 'object'),
  );
  const names = runnable.map(([name]) => `${path}#${name}`).join(', ') || 'none';
  if (member !== undefined) {
    const found = runnable.find(([name]) => name === member);
    if (found === undefined) {
      throw new CliError('PROGRAM_UNKNOWN', `${path} exports no program '${member}': choose from ${names}.`);
    }
    return { name: member, value: found[1] };
  }
  const [only, ...others] = runnable;
  if (only === undefined) {
    throw new CliError('PROGRAM_UNKNOWN', `${path} exports no program: export what xdp(...) or tc(...) gives.`);
  }
  if (others.length > 0) {
    throw new CliError('PROGRAM_UNKNOWN', `${path} exports ${runnable.length} programs: choose from ${names}.`);
  }
  return { name: only[0], value: only[1] };
}
