import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Session } from '../session.ts';
import { runReplay } from './run-replay.ts';

/** In an installed package the capture lies inside it; in the repository, with the other captures. */
const PLACES = ['../../pcaps/demo.pcap', '../../../../pcaps/demo.pcap'];

function demoCapture(): string {
  const paths = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  return paths.find((path) => existsSync(path)) ?? (paths[0] as string);
}

/** Replays the capture that ships through the shipped firewall, and says what to try next. */
export async function runDemo(options: { readonly json?: boolean }, session: Session): Promise<void> {
  await runReplay([demoCapture()], { ...options, program: 'firewall' }, session);
  if (options.json === true) return;
  const next = [
    ['hookline replay pcaps/syn-flood.pcap --program firewall --topspeed', 'the same at line rate'],
    ['hookline capture pcaps/demo.pcap --packets', 'what is in the capture'],
    ['hookline disasm firewall', 'what the firewall is made of'],
  ] as const;
  const width = Math.max(...next.map(([command]) => command.length));
  const lines = next.map(([command, what]) => `  ${session.stdout.style('cyan', command.padEnd(width))}  ${what}`);
  await session.stdout.write(
    `\n${session.stdout.style('bold', 'Try next')} (with node_modules/.bin on your PATH):\n${lines.join('\n')}\n`,
  );
}
