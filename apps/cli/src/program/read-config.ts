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
 * @throws CliError CONFIG_INVALID for a file that cannot be read; ConfigError for what is in it
 */
export async function readConfig<Config>(service: Configurable<Config>, path: string | undefined): Promise<Config> {
  if (path === undefined) return service.defaults;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new CliError('CONFIG_INVALID', `${path}: the configuration cannot be read (${code}): check the path.`, {
      cause: error,
    });
  }
  return parseConfig(service.schema, text, path);
}
