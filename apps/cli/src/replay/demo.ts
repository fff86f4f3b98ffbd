import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Session } from '../session.ts';
import { printReport, replayCaptures } from './run-replay.ts';

const NAME = 'pcaps/demo.pcap';

/** In the repository, which runs TypeScript, the capture lies with the others; in an installed package, inside it. */
function demoCapture(): string {
  const folder = import.meta.filename.endsWith('.ts') ? '../../../../' : '../../';
  return fileURLToPath(new URL(folder + NAME, import.meta.url));
}

/** Replays the capture that ships through the shipped firewall, and says what to try next. */
export async function runDemo(options: { readonly json?: boolean }, session: Session): Promise<void> {
  const { stdout } = session;
  const source = demoCapture();
  const args = { ...options, program: 'firewall' };
  await printReport(await replayCaptures([{ source, name: NAME }], args, session), args, session);
  if (options.json === true) return;
  await stdout.line(`\n${stdout.style('bold', 'Try next')}`);
  for (const [command, what] of next(relative('', source))) {
    await stdout.line(`  ${stdout.style('cyan', `npx hookline ${command}`)}\n      ${what}`);
  }
}

/** Commands that work where this one was run. */
function next(capture: string): readonly (readonly [command: string, what: string])[] {
  return [
    [`replay ${capture} --program firewall --topspeed --loop 100`, 'the same as fast as the wire is, again and again'],
    [`capture ${capture} --packets --limit 20`, 'the first packets of the capture'],
    ['disasm firewall --hook xdp', 'the instructions that the kernel would get'],
  ];
}
