import type { Command } from 'commander';
import type { Session } from '../session.ts';
import { examples } from './declare.ts';

/** `hookline programs`: what `--program` takes without a file. */
export function declarePrograms(parent: Command, session: Session): void {
  parent
    .command('programs')
    .summary('list the programs that ship')
    .description('List the programs that ship with Hookline, for --program and disasm.')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples(['hookline programs', 'names, and what each does']))
    .action(async (options: { readonly json?: boolean }) => {
      const { listPrograms } = await import('../program/list-programs.ts');
      await listPrograms(options, session);
    });
}
