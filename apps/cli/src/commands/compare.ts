import { type Command, Option } from 'commander';
import type { CompareArguments } from '../compare/run-compare.ts';
import type { Session } from '../session.ts';
import { collect, count, wholeNumber } from './arguments.ts';
import { examples } from './declare.ts';
import { declareShape } from './shape.ts';

/** `hookline compare <old> <new> <capture...>`: what a change of a program or its rules does to recorded packets. */
export function declareCompare(parent: Command, session: Session): void {
  const command = parent.command('compare');
  command
    .summary('show which packets fare differently in two programs or configurations')
    .description(
      'Run two programs, or one with two configurations, on the same packets, and list by flow those whose verdict, ' +
        'bytes or rule differ. A rule that only has another number is the same rule. ' +
        'Exit code 0: nothing differs; 1: something does, or it failed; 2: called wrongly.',
    )
    .argument('<old>', 'a shipped one (hookline programs), file.ts, file.ts#name or file.asm')
    .argument('<new>', 'likewise')
    .argument('<capture...>', 'pcap or pcapng files, plain or gzipped; - reads standard input')
    .optionsGroup('Programs:')
    .option('--old-config <file>', 'the configuration of the old one, YAML or JSON (default: what ships with it)')
    .option('--new-config <file>', 'the configuration of the new one')
    .addOption(new Option('--hook <hook>', 'where they run, if they can run on both').choices(['xdp', 'tc']))
    .option('--mtu <bytes>', 'largest packet without its Ethernet header', count, 1500)
    .option('--nic <name>', 'a further NIC, as a target of redirects; may be repeated', collect)
    .option('--seed <number>', 'of all random numbers', wholeNumber, 1)
    .option('-n, --limit <count>', 'packets to read at most (default: all)', wholeNumber);
  declareShape(command);
  command
    .optionsGroup('Output:')
    .option('--flows <count>', 'flows to list for each kind of change', wholeNumber, 10)
    .option('--json', 'print all of it as one JSON document')
    .addHelpText(
      'after',
      examples(
        ['hookline compare firewall firewall pcaps/*.pcap --new-config rules.yaml', 'the default rules against yours'],
        [
          'hookline compare firewall firewall pcaps/demo.pcap --old-config a.yaml --new-config b.yaml',
          'before a change of the rules goes live',
        ],
        ['hookline compare old.ts#edge new.ts#edge pcaps/demo.pcap --json', 'two programs of your own, for scripts'],
      ),
    )
    .action(async (old: string, fresh: string, files: string[], options: CompareArguments) => {
      const { runCompare } = await import('../compare/run-compare.ts');
      await runCompare(old, fresh, files, options, session);
    });
}
