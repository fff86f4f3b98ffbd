import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Position } from '@hookline/bpf';

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file.startsWith('file:') ? fileURLToPath(file) : file, 'utf8').split('\n');
  } catch {
    // A program may have been built elsewhere: the log then shows places without their text.
    return [];
  }
}

/** The text at a position, undefined where it cannot be read. */
export type SourceLine = (position: Position) => string | undefined;

/** Quotes source lines for the verifier's log; reads each file once. */
export function sourceLines(): SourceLine {
  const files = new Map<string, readonly string[]>();
  return ({ file, line }) => {
    const lines = files.get(file) ?? linesOf(file);
    files.set(file, lines);
    return lines[line - 1];
  };
}
