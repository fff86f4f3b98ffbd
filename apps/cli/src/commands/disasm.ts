import type { Command } from 'commander';
import type { Session } from '../session.ts';
import { examples } from './declare.ts';

/** `hookline disasm <program>`: the instructions of a program. */
export function declareDisasm(program: Command, session: Session): void {
  program
    .command('disasm')
    .summary("print a program's instructions")
    .description("Print a program's instructions and maps in the kernel's notation. The output can be assembled again.")
    .argument('<program>', 'a shipped program, file.ts or file.asm; file.ts#name picks one of several')
    .option('-c, --config <file>', 'configuration of a shipped program')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples(
        ['hookline disasm firewall', 'the shipped firewall with its default rules'],
        ['hookline disasm firewall --config rules.yaml', 'the same with your rules'],
        ['hookline disasm edge.ts#filter', 'a program of your own'],
      ),
    )
    .action(async (reference: string, options: { readonly config?: string; readonly json?: boolean }) => {
      const { showInstructions } = await import('../disasm/show-instructions.ts');
      await showInstructions(reference, options, session);
    });
}
