import { type ResolveHookSync, registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CliError } from '../cli-error.ts';
import { moduleError } from './module-error.ts';

export type Module = Readonly<Record<string, unknown>>;

const OUR_NAMES = /^(?:hookline|@hookline\/[^/]+)$/;

let hooked = false;

/**
 * Lets a file that belongs to no project import `hookline` and its packages: what cannot be found from there is
 * looked for from here. And spares whose `package.json` has no `type` Node's advice to add one: TypeScript is a module.
 */
function resolveOurNames(): void {
  if (hooked) return;
  hooked = true;
  const resolveFromHere: ResolveHookSync = (specifier, context, next) => {
    try {
      return next(specifier, context);
    } catch (error) {
      if (!OUR_NAMES.test(specifier) || (error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
      return next(specifier, { ...context, parentURL: import.meta.url });
    }
  };
  registerHooks({
    resolve(specifier, context, next) {
      const found = resolveFromHere(specifier, context, next);
      return found.format == null && found.url.endsWith('.ts') ? { ...found, format: 'module-typescript' } : found;
    },
  });
}

/**
 * Imports a user's module.
 *
 * @throws CliError PROGRAM_FILE with the place in the user's files; the builder's own errors as they are
 */
export async function importModule(path: string): Promise<Module> {
  resolveOurNames();
  const absolute = resolve(path);
  const stuck = Promise.withResolvers<never>();
  const refuse = (): void => {
    const problem = `${absolute}: it waits for something that never comes, and nothing else goes on`;
    stuck.reject(new CliError('PROGRAM_FILE', `${problem}: look at its top-level await.`));
  };
  // Node is about to end although the import has not.
  process.once('beforeExit', refuse);
  try {
    return await Promise.race([import(pathToFileURL(absolute).href), stuck.promise]);
  } catch (error) {
    throw error instanceof CliError ? error : moduleError(error, absolute);
  } finally {
    process.off('beforeExit', refuse);
  }
}
