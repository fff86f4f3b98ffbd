import { type Command, Option } from 'commander';
import type { DisasmOptions } from '../disasm/show-instructions.ts';
import type { Session } from '../session.ts';
import { examples } from './declare.ts';

/** `hookline disasm <program>`: the instructions of a program. */
export function declareDisasm(parent: Command, session: Session): void {
  parent
    .command('disasm')
    .summary("print a program's instructions")
    .description("Print a program's instructions and maps in the kernel's notation. The output can be assembled again.")
    .argument('<program>', 'a shipped one (hookline programs), file.ts, file.ts#name or file.asm')
    .option('-c, --config <file>', 'its configuration, YAML or JSON (default: the one that ships with it)')
    .addOption(new Option('--hook <hook>', 'only the program for this hook').choices(['xdp', 'tc']))
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples(
        ['hookline disasm count', 'a small program that ships'],
        ['hookline disasm firewall --config rules.yaml --hook xdp', 'what your rules become'],
        ['hookline disasm edge.ts#firewall > edge.asm', 'a program of your own, as text to change'],
      ),
    )
    .action(async (reference: string, options: DisasmOptions) => {
      const { showInstructions } = await import('../disasm/show-instructions.ts');
      await showInstructions(reference, options, session);
    });
}
