import { readFile } from 'node:fs/promises';
import type { Schema } from '@hookline/bpf';
import { readConfig as parseConfig } from '@hookline/programs';
import { CliError } from '../cli-error.ts';

/** What can be configured: the part of a service that this needs. */
interface Configurable<Config> {
  readonly schema: Schema<Config>;
  readonly defaults: Config;
}

/**
 * Reads a service's configuration, or takes its defaults where no file is named.
 *
 * @throws CliError CONFIG_UNREADABLE for a file that cannot be read; ConfigError CONFIG_INVALID for what is in it
 */
export async function readConfig<Config>(service: Configurable<Config>, path: string | undefined): Promise<Config> {
  if (path === undefined) return service.defaults;
  return parseConfig(service.schema, await readText(path), path);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const problem = PROBLEMS[(cause as NodeJS.ErrnoException).code ?? ''] ?? `cannot be read (${String(cause)})`;
    const message = `${path}: the configuration ${problem}: name a YAML or JSON file.`;
    throw new CliError('CONFIG_UNREADABLE', message, { cause });
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EISDIR: 'is a directory',
  EACCES: 'may not be read by you',
};
