import { type Command, InvalidArgumentError } from 'commander';
import type { CaptureOptions } from '../capture/show-capture.ts';
import type { Session } from '../session.ts';
import { examples } from './declare.ts';

/** `hookline capture <file>`: what a capture holds. */
export function declareCapture(program: Command, session: Session): void {
  program
    .command('capture')
    .summary('show what a capture file holds')
    .description('Show what a capture file holds: pcap or pcapng, plain or gzipped; - reads standard input.')
    .argument('<file>', 'the capture')
    .option('-p, --packets', 'list the packets')
    .option('-n, --limit <count>', 'read no more than this many packets', count)
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples(
        ['hookline capture traffic.pcapng', 'format, interfaces, packets, time range, rate'],
        ['hookline capture traffic.pcap --packets -n 20', 'the first 20 packets, a line each'],
        ['hookline capture traffic.pcap.gz --json', 'the same for programs'],
      ),
    )
    .action(async (file: string, options: CaptureOptions) => {
      const { showCapture } = await import('../capture/show-capture.ts');
      await showCapture(file, options, session);
    });
}

function count(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('It is not a whole number');
  return value;
}
