import type { CapturePoint } from '@hookline/replay';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ReplayArguments } from '../replay/replay-arguments.ts';
import type { Session } from '../session.ts';
import { bitRate, collect, count, positive, timeSpan, wholeNumber } from './arguments.ts';
import { examples } from './declare.ts';
import { declareShape } from './shape.ts';

const PACES = ['multiplier', 'pps', 'mbps', 'topspeed'];

/** `CAPTURE_POINTS`, which must not be loaded for help. */
const POINTS: readonly CapturePoint[] = [
  'wire-rx',
  'xdp-entry',
  'xdp-exit',
  'tc-ingress',
  'tc-egress',
  'wire-tx',
  'drops',
];

/** `all`, or names with commas between them. */
function points(text: string): readonly CapturePoint[] {
  if (text === 'all') return POINTS;
  return text.split(',').map((name) => {
    const point = POINTS.find((known) => known === name);
    if (point === undefined) throw new InvalidArgumentError(`Choose from all, ${POINTS.join(', ')}`);
    return point;
  });
}

/** One of the paces: they exclude each other. */
function pace(flags: string, description: string): Option {
  const option = new Option(flags, description);
  return option.conflicts(PACES.filter((name) => name !== option.attributeName()));
}

/** `hookline replay <capture...>`: captures through a program on a simulated NIC and host. */
export function declareReplay(parent: Command, session: Session): void {
  const command = parent.command('replay');
  command
    .summary('replay captures through a program')
    .description(
      'Replay captures through a program on a simulated NIC and host, and report what became of every frame. ' +
        'All times and rates in the report are virtual: the same captures, program, options and seed give the same ' +
        'report to the byte.',
    )
    .argument('<capture...>', 'pcap or pcapng files, plain or gzipped; - reads standard input')
    .optionsGroup('Program:')
    .option('-p, --program <program>', 'a shipped one (hookline programs), file.ts, file.ts#name or file.asm')
    .option('-c, --config <file>', 'its configuration, YAML or JSON (default: the one that ships with it)')
    .addOption(new Option('--hook <hook>', 'where it runs, if it can run on both').choices(['xdp', 'tc']))
    .optionsGroup('Pace (default: the timing of the capture):')
    .addOption(pace('-x, --multiplier <factor>', 'that many times as fast as captured').argParser(positive))
    .addOption(pace('--pps <rate>', 'packets a second').argParser(positive))
    .addOption(pace('--mbps <rate>', 'megabits of frame a second').argParser(positive))
    .addOption(pace('-t, --topspeed', 'back to back, as fast as the wire is'))
    .option('-l, --loop <count>', 'passes over the captures', count, 1)
    .option('-n, --limit <count>', 'packets to read at most, over all passes (default: all)', wholeNumber)
    .optionsGroup('Device and host:')
    .option('-q, --queues <count>', 'queue pairs of the NIC', count, 4)
    .option('--ring <size>', 'descriptors in each ring, 64 to 8160', count, 512)
    .addOption(new Option('--line-rate <rate>', 'speed of the wire').argParser(bitRate).default(10e9, '10G'))
    .option('--mtu <bytes>', 'largest packet without its Ethernet header', count, 1500)
    .option('--rx-usecs <time>', 'microseconds between two interrupts of a queue', wholeNumber, 50)
    .option('--cpus <count>', 'CPUs of the host', count, 4)
    .option('--nic <name>', 'a further NIC, as a target of redirects; may be repeated', collect)
    .option('--no-promiscuous', "take only frames to the NIC's own address, to groups and to all")
    .option('--seed <number>', 'of all random numbers', wholeNumber, 1);
  declareShape(command);
  command
    .optionsGroup('Output:')
    .option('-w, --write <file>', 'write what leaves the host to a pcapng file, which is replaced at the end')
    .option(
      '--points <points>',
      `write packets at these points of their way instead: all, or some of ${POINTS.join()}`,
      points,
    )
    .addOption(new Option('--format <format>', 'of the report').choices(['text', 'json', 'csv']).default('text'))
    .addOption(new Option('--json', 'the same as --format json').conflicts('format'))
    .option('--samples <interval>', 'read all counters at every multiple of this virtual time: 1ms, 50us', timeSpan)
    .option('--csv <file>', 'write the samples to a CSV file, which is replaced at the end (else they are in --json)')
    .addHelpText(
      'after',
      examples(
        ['hookline replay pcaps/demo.pcap -p firewall', 'the shipped firewall with its default rules'],
        ['hookline replay pcaps/demo.pcap -p firewall -c rules.yaml --json', 'your rules, for programs'],
        ['hookline replay pcaps/syn-flood.pcap -p count --topspeed --loop 100', 'as fast as the wire is'],
        ['hookline replay pcaps/demo.pcap --samples 10ms --csv samples.csv', 'all counters over time, for a chart'],
        [
          'hookline replay pcaps/demo.pcap -p firewall --points xdp-exit,drops -w out.pcapng',
          'with verdict or reason in the comment of each packet',
        ],
        ['hookline replay pcaps/dns.pcap -p edge.ts#firewall -w out.pcapng', 'your program, and what it let through'],
      ),
    )
    .action(async (files: string[], options: ReplayArguments) => {
      const { runReplay } = await import('../replay/run-replay.ts');
      await runReplay(files, options, session);
    });
}
