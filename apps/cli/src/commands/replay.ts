import { type Command, Option } from 'commander';
import type { ReplayArguments } from '../replay/run-replay.ts';
import type { Session } from '../session.ts';
import { bitRate, positive, wholeNumber } from './arguments.ts';
import { examples } from './declare.ts';

/** `hookline replay <capture...>`: captures through a program on a simulated NIC and host. */
export function declareReplay(program: Command, session: Session): void {
  program
    .command('replay')
    .summary('replay captures through a program')
    .description(
      'Replay captures through a program on a simulated NIC and host, and report what became of every frame. ' +
        'All times and rates in the report are virtual.',
    )
    .argument('<capture...>', 'pcap or pcapng files, plain or gzipped; - reads standard input')
    .optionsGroup('Program:')
    .option('-p, --program <program>', 'a shipped program, file.ts, file.ts#name or file.asm')
    .option('-c, --config <file>', 'its configuration, YAML or JSON')
    .addOption(new Option('--hook <hook>', 'where it runs').choices(['xdp', 'tc']))
    .optionsGroup('Pace (default: the timing of the capture):')
    .option('-x, --multiplier <factor>', 'that many times as fast', positive)
    .option('--pps <rate>', 'packets a second', positive)
    .option('--mbps <rate>', 'megabits of frame a second', positive)
    .option('-t, --topspeed', "the wire's line rate")
    .option('-l, --loop <count>', 'passes over the captures', wholeNumber)
    .option('-n, --limit <count>', 'packets to read at most', wholeNumber)
    .optionsGroup('Device and host:')
    .option('-q, --queues <count>', 'queue pairs of the NIC (default: 4)', wholeNumber)
    .option('--ring <size>', 'descriptors in each ring (default: 512)', wholeNumber)
    .option('--line-rate <rate>', 'speed of the wire, like 10G or 2.5G (default: 10G)', bitRate)
    .option('--mtu <bytes>', 'default: 1500', wholeNumber)
    .option('--rx-usecs <time>', 'microseconds between two interrupts of a queue (default: 50)', wholeNumber)
    .option('--cpus <count>', 'CPUs of the host (default: 4)', wholeNumber)
    .option('--nic <name...>', 'further NICs, as targets of redirects')
    .option('--no-promiscuous', "take only frames to the NIC's own address")
    .option('--seed <number>', 'of all random numbers (default: 1)', wholeNumber)
    .optionsGroup('Packets as captures have them:')
    .addOption(new Option('--direction <which>', 'what to replay').choices(['both', 'in', 'out']))
    .addOption(new Option('--cut <how>', 'packets cut by the snaplen').choices(['pad', 'keep', 'skip']))
    .addOption(new Option('--oversize <how>', 'GSO frames above the MTU').choices(['segment', 'keep', 'skip']))
    .addOption(new Option('--checksums <how>', "checksums left to the sender's NIC").choices(['keep', 'repair']))
    .addOption(new Option('--fcs <how>', 'frame check sequences in the capture').choices(['auto', 'strip', 'keep']))
    .option('--rewrite-mac', "write the NIC's address into every destination")
    .optionsGroup('Output:')
    .option('-w, --write <file>', 'write what leaves the host to a pcapng file')
    .option('--json', 'print the report as one JSON document')
    .addHelpText(
      'after',
      examples(
        ['hookline replay traffic.pcap --program firewall', 'the shipped firewall with its default rules'],
        ['hookline replay traffic.pcap -p firewall -c rules.yaml --json', 'your rules, for programs'],
        ['hookline replay traffic.pcap -p edge.ts#filter --topspeed --loop 100', 'your program, at line rate'],
        ['hookline replay traffic.pcap -p edge.ts -w out.pcapng', 'and what it let through'],
      ),
    )
    .action(async (files: string[], options: ReplayArguments) => {
      const { runReplay } = await import('../replay/run-replay.ts');
      await runReplay(files, options, session);
    });
}
