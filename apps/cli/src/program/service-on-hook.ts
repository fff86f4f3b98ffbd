import type { Service } from '@hookline/bpf';
import { type ReplayProgram, serviceProgram } from '@hookline/replay';
import { CliError } from '../cli-error.ts';
import { forHook } from './object-program.ts';
import type { HookName } from './program-options.ts';

const HOOKS: readonly HookName[] = ['xdp', 'tc'];

/**
 * A service with its configuration, on the hook that was asked for or else on the first that it has a program for.
 *
 * @param reference what the user wrote, for errors
 * @throws CliError PROGRAM_UNKNOWN where it has none for that hook; whatever building it throws
 */
export function serviceOnHook<Config>(
  service: Service<Config, unknown>,
  config: Config,
  hook: HookName | undefined,
  reference: string,
): ReplayProgram {
  for (const candidate of hook === undefined ? HOOKS : [hook]) {
    const program = serviceProgram(service, config, candidate);
    if (program[candidate] !== undefined) return program;
  }
  const problem = `${reference} is a service without a program${forHook(hook)}`;
  throw new CliError('PROGRAM_UNKNOWN', `${problem}: name another one${hook === undefined ? '' : ' or hook'}.`);
}
