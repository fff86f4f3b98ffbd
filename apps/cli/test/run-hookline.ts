import { type StdioOptions, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';

// Processes that share a busy machine take their time.
vi.setConfig({ testTimeout: 30_000 });

const bin = fileURLToPath(new URL('../bin/hookline.js', import.meta.url));

export interface Outcome {
  /** Null if a signal ended it. */
  readonly code: number | null;
  readonly signal?: NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Bytes for standard input. */
  readonly input?: Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** Node's own options. */
  readonly node?: readonly string[];
  /** Close standard output after that many bytes, as `head` does. */
  readonly closeAfter?: number;
  /** Send SIGINT after that many milliseconds, as Ctrl-C does. */
  readonly interruptAfter?: number;
  readonly cwd?: string;
  /** A file for standard output, which is then not collected. */
  readonly stdout?: string;
}

/** Runs the command as a process of its own. */
export function hookline(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NO_COLOR: '1', ...options.env };
    const file = options.stdout === undefined ? undefined : openSync(options.stdout, 'w');
    const stdio: StdioOptions = ['pipe', file ?? 'pipe', 'pipe'];
    const child = spawn(process.execPath, [...(options.node ?? []), bin, ...args], {
      env,
      stdio,
      cwd: options.cwd,
    });
    if (file !== undefined) closeSync(file);
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (options.closeAfter !== undefined && stdout.length >= options.closeAfter) child.stdout?.destroy();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    const timer =
      options.interruptAfter === undefined ? undefined : setTimeout(() => child.kill('SIGINT'), options.interruptAfter);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr, ...(signal === null ? {} : { signal }) });
    });
    // A process that fails early does not read its input.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input);
  });
}
