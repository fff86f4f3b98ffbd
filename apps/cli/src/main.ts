import { report } from './failure.ts';
import { Session } from './session.ts';

/**
 * Runs the command line.
 *
 * @param argv the arguments, without Node and the script
 * @returns the exit code: 0 done, 1 failed, 2 called wrongly
 */
export async function main(argv: readonly string[]): Promise<number> {
  const session = new Session();
  try {
    const { createCommandLine } = await import('./command-line.ts');
    const commandLine = createCommandLine(session);
    if (argv.length === 0) commandLine.outputHelp();
    else await commandLine.parseAsync([...argv], { from: 'user' });
    await session.stdout.finish();
    return session.exitCode;
  } catch (error) {
    return report(error, session, argv.includes('--debug'));
  }
}
