import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { declareCapture } from './commands/capture.ts';
import { declareCompare } from './commands/compare.ts';
import type { Declare } from './commands/declare.ts';
import { declareDemo } from './commands/demo.ts';
import { declareDisasm } from './commands/disasm.ts';
import { declareHelp } from './commands/help.ts';
import { declarePrograms } from './commands/programs.ts';
import { declareReplay } from './commands/replay.ts';
import { declareVm } from './commands/vm.ts';
import type { Session } from './session.ts';
import { oneLine } from './terminal/text.ts';

const COMMANDS: readonly Declare[] = [
  declareDemo,
  declareReplay,
  declareCompare,
  declareCapture,
  declarePrograms,
  declareDisasm,
  declareVm,
  declareHelp,
];

/** The whole command line, ready to parse. Errors are thrown, never exited on. */
export function createCommandLine(session: Session): Command {
  const hookline = new Command('hookline');
  hookline
    .description('Write XDP and TC programs in TypeScript, replay captures through them, deploy the same bytecode.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .option('--debug', 'print the stack of an error')
    .exitOverride()
    .configureHelp({ styleTitle: (title) => session.stdout.style('bold', title) });
  for (const declare of COMMANDS) declare(hookline, session);
  explainUsageErrors(hookline, hookline.name());
  return hookline;
}

/** A wrong call of a command, or of one below it, is one line that ends in where to look. */
function explainUsageErrors(command: Command, call: string): void {
  command.configureOutput({
    outputError: (text, write) => {
      const message = oneLine(text.replace(/^error: /, '')).replace(/\.+$/, '');
      write(`hookline: ${message}. See: ${call} --help\n`);
    },
  });
  for (const below of command.commands) explainUsageErrors(below, `${call} ${below.name()}`);
}

function version(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return manifest.version;
}
