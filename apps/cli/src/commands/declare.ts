import type { Command } from 'commander';
import type { Session } from '../session.ts';

/**
 * Adds one command to the program. A declaration imports nothing heavy; its action imports what it runs, so that
 * `hookline --help` is quick.
 */
export type Declare = (program: Command, session: Session) => void;

/** Text of the examples under a command's help, one line each; give it to `addHelpText('after', ...)`. */
export function examples(...lines: readonly (readonly [command: string, what: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  return ['', 'Examples:', ...lines.map(([command, what]) => `  ${command.padEnd(width)}  ${what}`)].join('\n');
}
