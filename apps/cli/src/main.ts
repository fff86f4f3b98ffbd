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
    // What a command needs is loaded when it runs: `import 'hookline'` must not load a command line.
    const { createProgram } = await import('./program.ts');
    const program = createProgram(session);
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync([...argv], { from: 'user' });
    await session.stdout.finish();
    return session.exitCode;
  } catch (error) {
    return report(error, session.stderr, argv.includes('--debug'));
  }
}
