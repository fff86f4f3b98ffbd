import type { Command } from 'commander';
import type { Session } from '../session.ts';
import { examples } from './declare.ts';

/** `hookline vm exec`: bare instructions through the virtual machine. */
export function declareVm(program: Command, session: Session): void {
  const vm = program.command('vm').summary('run bare instructions').description('Run bare eBPF instructions.');
  vm.command('exec')
    .summary('run a program and print r0')
    .description(
      'Run the program whose bytes stand as hex on standard input, and print r0 in hex. r1 is the address of the ' +
        'memory and r2 its length; without memory both are 0.',
    )
    .argument('[memory]', 'bytes of the memory as hex')
    .addHelpText(
      'after',
      examples(
        ["echo 'b7 00 00 00 2a 00 00 00 95 00 00 00 00 00 00 00' | hookline vm exec", 'r0 = 42; exit'],
        ["echo '71 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00' | hookline vm exec 'c0 ff ee'", 'the first byte'],
      ),
    )
    .action(async (memory: string | undefined) => {
      const { execute } = await import('../vm/exec.ts');
      await execute(memory, session);
    });
}
