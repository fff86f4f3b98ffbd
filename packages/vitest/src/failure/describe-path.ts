import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Position } from '@hookline/bpf';
import { isSameLine, type Path } from './path.ts';
import type { Row } from './rows.ts';

const MOST_LINES = 12;

/** The rows of a failure that say which line decided, and how the frame came there. */
export function describePath({ lines, decided, origin, isCut }: Path): Row[] {
  const shown = lines.slice(-MOST_LINES);
  const more = isCut || shown.length < lines.length ? ['... (earlier lines left out)'] : [];
  const isAtEnd = isSameLine(decided, origin) && !shown.some((line) => isSameLine(line, origin));
  return [
    ['Decided', `${isAtEnd ? 'the end of the body at ' : ''}${describeLine(decided)}`],
    ...[...more, ...shown.map(describeLine)].map((text, index) => [index === 0 ? 'Path' : '', text] as const),
  ];
}

/** `edge.ts:14:3  when(tcp.destinationPort.eq(23), () => DROP);` */
function describeLine({ file, line, column }: Position): string {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  const source = sourceLine(path, line);
  return `${relative('', path)}:${line}:${column}${source === undefined ? '' : `  ${source}`}`;
}

/** The author's line, where the file is still there: objects may come from another machine. */
function sourceLine(path: string, line: number): string | undefined {
  try {
    return readFileSync(path, 'utf8').split('\n')[line - 1]?.trim();
  } catch {
    return undefined;
  }
}
