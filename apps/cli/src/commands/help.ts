import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';

/** `hookline help vm exec`: commander's own takes one word only. */
export function declareHelp(parent: Command): void {
  parent
    .command('help')
    .summary('print help for a command')
    .description('Print help for a command, like --help behind it.')
    .argument('[command...]', 'the command, and the one below it')
    .action((names: readonly string[]) => find(parent, names).outputHelp());
}

function find(parent: Command, names: readonly string[]): Command {
  let found = parent;
  for (const name of names) {
    const below = found.commands.find((command) => command.name() === name);
    if (below === undefined) {
      const known = found.commands.map((command) => command.name()).join(', ') || 'none below it';
      throw new CliError('BAD_ARGUMENT', `there is no command '${names.join(' ')}': choose from ${known}.`);
    }
    found = below;
  }
  return found;
}
