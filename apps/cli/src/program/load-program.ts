import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { assemble } from '@hookline/bpf';
import { type AnyService, type FirewallConfig, services, withInterfaces } from '@hookline/programs';
import type { ReplayProgram } from '@hookline/replay';
import { CliError } from '../cli-error.ts';
import { loadModule } from './load-module.ts';
import { objectProgram } from './object-program.ts';
import type { ProgramOptions } from './program-options.ts';
import { readConfig } from './read-config.ts';
import { serviceOnHook } from './service-on-hook.ts';

/** What a user names: a path or the name of a shipped program, and perhaps one member of it. */
interface Reference {
  readonly path: string;
  readonly member: string | undefined;
}

type Loader = (reference: Reference, options: ProgramOptions) => Promise<ReplayProgram>;

const LOADERS: Readonly<Record<string, Loader>> = {
  '.ts': loadModule,
  '.mts': loadModule,
  '.js': loadModule,
  '.mjs': loadModule,
  '.asm': loadAssembly,
};

/**
 * Finds the program that a user named: a shipped one (`firewall`), a TypeScript or JavaScript module (`edge.ts`,
 * `edge.ts#filter`) or assembly text (`edge.asm`).
 *
 * @throws CliError PROGRAM_UNKNOWN or PROGRAM_FILE; whatever building the program throws
 */
export async function loadProgram(text: string, options: ProgramOptions = {}): Promise<ReplayProgram> {
  const reference = await parseReference(text);
  const shipped = services.find(({ name }) => name === reference.path);
  if (shipped !== undefined && reference.member === undefined) return loadShipped(await shipped.load(), options);
  await requireFile(reference.path);
  const loader = LOADERS[extname(reference.path)];
  if (loader === undefined) {
    const known = Object.keys(LOADERS).join(', ');
    throw new CliError('PROGRAM_UNKNOWN', `${reference.path} is no program: name a file that ends in ${known}.`);
  }
  return loader(reference, options);
}

/** A `#` belongs to the name if there is such a file. */
async function parseReference(text: string): Promise<Reference> {
  const hash = text.lastIndexOf('#');
  if (hash < 0 || (await isFile(text))) return { path: text, member: undefined };
  return { path: text.slice(0, hash), member: text.slice(hash + 1) };
}

async function loadShipped(
  service: AnyService,
  { config: path, hook, devices }: ProgramOptions,
): Promise<ReplayProgram> {
  const config = await readConfig(service, path);
  // The firewall's rules name interfaces; their numbers are the host's.
  const localized =
    service.name === 'firewall' && devices !== undefined ? withInterfaces(config as FirewallConfig, devices) : config;
  return serviceOnHook(service, localized, hook, service.name);
}

async function loadAssembly({ path, member }: Reference, options: ProgramOptions): Promise<ReplayProgram> {
  if (options.config !== undefined) {
    throw new CliError('BAD_ARGUMENT', `${path} is assembly and takes no configuration: leave --config out.`);
  }
  const object = assemble(await readFile(path, 'utf8'), { file: path });
  return objectProgram(object, member, options, path, '#');
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true;
}

async function requireFile(path: string): Promise<void> {
  if (await isFile(path)) return;
  const names = services.map(({ name }) => name).join(', ');
  throw new CliError(
    'PROGRAM_UNKNOWN',
    `'${path}' is neither a file nor a program that ships: name a .ts, .js or .asm file, or one of ${names}.`,
  );
}
