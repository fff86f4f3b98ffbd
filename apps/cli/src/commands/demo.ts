import type { Command } from 'commander';
import type { Session } from '../session.ts';
import { examples } from './declare.ts';

/** `hookline demo`: a capture that ships, through the shipped firewall. */
export function declareDemo(parent: Command, session: Session): void {
  parent
    .command('demo')
    .summary('replay a capture that ships through the shipped firewall')
    .description('Replay a capture that ships through the shipped firewall, on a 10 Gb/s NIC with 4 queues.')
    .option('--json', 'print the report as one JSON document')
    .addHelpText(
      'after',
      examples(
        ['hookline demo', 'the report, and what to try next'],
        ['hookline demo --json', 'the report for programs'],
      ),
    )
    .action(async (options: { readonly json?: boolean }) => {
      const { runDemo } = await import('../replay/demo.ts');
      await runDemo(options, session);
    });
}
