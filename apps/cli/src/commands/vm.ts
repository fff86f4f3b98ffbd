import type { Command } from 'commander';
import type { Session } from '../session.ts';
import type { ExecOptions } from '../vm/exec.ts';
import { examples } from './declare.ts';

/** `hookline vm exec`: bare instructions through the virtual machine. */
export function declareVm(parent: Command, session: Session): void {
  const vm = parent
    .command('vm')
    .summary('run bare instructions')
    .description('Run bare eBPF instructions, without a packet, a NIC or a host.')
    .helpCommand(false);
  vm.command('exec')
    .summary('run a program and print r0')
    .description(
      'Run the program whose bytes stand as hex on standard input, and print r0 in hex. r1 is the address of the ' +
        'memory and r2 its length; without memory both are 0. White space between the digits is allowed.',
    )
    .argument('[memory]', 'bytes of the memory as hex (default: none)')
    .option('--json', 'print r0 and what the memory holds afterwards as one JSON document')
    .addHelpText(
      'after',
      examples(
        ["echo 'b7000000 2a000000 95000000 00000000' | hookline vm exec", 'r0 = 42; exit'],
        ["echo '71100000 00000000 95000000 00000000' | hookline vm exec 'c0 ff ee'", 'r0 = *(u8 *)(r1 +0); exit'],
      ),
    )
    .action(async (memory: string | undefined, options: ExecOptions) => {
      const { execute } = await import('../vm/exec.ts');
      await execute(memory, options, session);
    });
}
