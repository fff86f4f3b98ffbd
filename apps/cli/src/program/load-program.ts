import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { assemble } from '@hookline/bpf';
import { services } from '@hookline/programs';
import { type ReplayProgram, serviceProgram } from '@hookline/replay';
import { CliError } from '../cli-error.ts';
import { loadModule } from './load-module.ts';
import { onHook, type ProgramOptions } from './on-hook.ts';
import { readConfig } from './read-config.ts';

const MODULES = new Set(['.ts', '.mts', '.js', '.mjs']);

/**
 * Finds the program that a user named: a shipped one (`firewall`), a TypeScript or JavaScript module (`edge.ts`,
 * `edge.ts#filter`) or assembly text (`edge.asm`).
 *
 * @throws CliError PROGRAM_UNKNOWN or PROGRAM_FILE; whatever building the program throws
 */
export async function loadProgram(reference: string, options: ProgramOptions = {}): Promise<ReplayProgram> {
  const hash = reference.lastIndexOf('#');
  const path = hash < 0 ? reference : reference.slice(0, hash);
  const member = hash < 0 ? undefined : reference.slice(hash + 1);
  const shipped = services.find(({ name }) => name === path);
  if (shipped !== undefined && member === undefined) {
    const service = await shipped.load();
    return serviceProgram(service, await readConfig(service, options.config), options.hook);
  }
  await checkFile(path);
  const extension = extname(path);
  if (MODULES.has(extension)) return loadModule(path, member, options);
  if (options.config !== undefined) {
    throw new CliError('BAD_ARGUMENT', `${path} takes no configuration: leave --config out.`);
  }
  if (extension === '.asm' || extension === '.s') {
    const object = assemble(await readFile(path, 'utf8'), { file: path });
    return onHook(object, member, path, options.hook);
  }
  throw new CliError('PROGRAM_FILE', `${path}: a program is a .ts, .js or .asm file: name one of these.`);
}

async function checkFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true) return;
  const names = services.map(({ name }) => name).join(', ');
  const what = found === undefined ? 'no shipped program and no file' : 'no file';
  throw new CliError(
    'PROGRAM_UNKNOWN',
    `'${path}' is ${what}: name a .ts, .js or .asm file, or one of the shipped programs (${names}).`,
  );
}
