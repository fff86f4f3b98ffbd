import { Output } from './terminal/output.ts';

let outputs: { stdout: Output; stderr: Output } | undefined;

/** One run of the command line: where it writes, and how it ends. */
export class Session {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Set by a command that has done its work and still wants to say that something was wrong. */
  exitCode = 0;
  /** What a failure has left behind, as a sentence: the last one of the line that reports it. */
  aftermath: string | undefined;

  constructor() {
    // The process has one of each; a second guard on the same stream would be a second listener.
    outputs ??= { stdout: new Output(process.stdout), stderr: new Output(process.stderr) };
    this.stdout = outputs.stdout;
    this.stderr = outputs.stderr;
  }
}
