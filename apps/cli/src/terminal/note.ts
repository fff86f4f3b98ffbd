import type { Output } from './output.ts';
import { printable, wrapped } from './text.ts';

/** Columns that a line may take; terminals have 80 to 200, and tables that fit are read. */
export const WIDTH = 100;

/** A remark under a report, as indented lines. */
export function note(text: string, output: Output): string[] {
  const [first = '', ...more] = wrapped(printable(text), WIDTH - 6);
  return [`${output.style('yellow', 'Note')}  ${first}`, ...more.map((line) => `      ${line}`)];
}
