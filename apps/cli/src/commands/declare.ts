import type { Command } from 'commander';
import type { Session } from '../session.ts';

/**
 * Adds one command to its parent. A declaration imports nothing heavy; its action imports what it runs, so that
 * `hookline --help` is quick.
 */
export type Declare = (parent: Command, session: Session) => void;

/** What still fits beside a command in a terminal of 100 columns. */
const WIDEST = 96;

/**
 * Text of the examples under a command's help; give it to `addHelpText('after', ...)`. Each is a line, or two where
 * they are too long for that.
 */
export function examples(...lines: readonly (readonly [command: string, what: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  const beside = lines.every(([, what]) => 2 + width + 2 + what.length <= WIDEST);
  const shown = lines.map(([command, what]) =>
    beside ? `  ${command.padEnd(width)}  ${what}` : `  # ${what}\n  ${command}`,
  );
  return ['', 'Examples:', ...shown].join('\n');
}
