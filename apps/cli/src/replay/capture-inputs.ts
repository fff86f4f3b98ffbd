import type { CaptureInput } from '@hookline/replay';

const STANDARD_INPUT = '-';

/** The captures that a user named; `-` is standard input. */
export function captureInputs(files: readonly string[]): CaptureInput[] {
  return files.map((file) => (file === STANDARD_INPUT ? { source: process.stdin, name: '<stdin>' } : { source: file }));
}
