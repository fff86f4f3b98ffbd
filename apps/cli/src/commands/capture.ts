import type { Command } from 'commander';
import type { CaptureOptions } from '../capture/show-capture.ts';
import type { Session } from '../session.ts';
import { wholeNumber } from './arguments.ts';
import { examples } from './declare.ts';

/** `hookline capture <file>`: what a capture holds. */
export function declareCapture(parent: Command, session: Session): void {
  parent
    .command('capture')
    .summary('show what a capture file holds')
    .description('Show what a capture file holds: pcap or pcapng, plain or gzipped; - reads standard input.')
    .argument('<file>', 'the capture')
    .option('-p, --packets', 'list the packets')
    .option('-n, --limit <count>', 'read no more than this many packets (default: all)', wholeNumber)
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples(
        ['hookline capture pcaps/office.pcapng', 'format, interfaces, packets, time range, rate'],
        ['hookline capture pcaps/demo.pcap --packets -n 20', 'the first 20 packets, a line each'],
        ['hookline capture traffic.pcap.gz --json', 'the same for programs'],
        ['tcpdump -w - | hookline capture - --packets', 'packets as they come'],
      ),
    )
    .action(async (file: string, options: CaptureOptions) => {
      const { showCapture } = await import('../capture/show-capture.ts');
      await showCapture(file, options, session);
    });
}
