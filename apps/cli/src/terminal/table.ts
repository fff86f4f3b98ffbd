import { stripVTControlCharacters } from 'node:util';
import { grouped } from './quantities.ts';

export interface Column<Row> {
  readonly heading: string;
  /** Numbers are aligned to the right. */
  readonly align?: 'left' | 'right';
  readonly value: (row: Row) => string;
}

export interface NumberColumn<Row> {
  readonly heading: string;
  readonly number: (row: Row) => number;
  /** Shown even if it is 0 everywhere, because that says something. */
  readonly always?: boolean;
}

/** Lays rows out in aligned columns with two spaces between them, no line ending in spaces. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  styleHeading: (text: string) => string = (text) => text,
): string[] {
  const cells = rows.map((row) => columns.map((column) => column.value(row)));
  const widths = columns.map((column, index) =>
    Math.max(column.heading.length, ...cells.map((line) => widthOf(line[index] ?? ''))),
  );
  const layOut = (line: readonly string[]) =>
    columns
      .map(({ align }, index) => padded(line[index] ?? '', widths[index] ?? 0, align))
      .join('  ')
      .trimEnd();
  return [styleHeading(layOut(columns.map(({ heading }) => heading))), ...cells.map(layOut)];
}

/**
 * A table of numbers without the columns that are 0 everywhere, cut into several where it is too wide.
 *
 * @param keys columns that name a row; every part begins with them
 * @param width characters that a line may have
 */
export function numberTables<Row>(
  keys: readonly Column<Row>[],
  numbers: readonly NumberColumn<Row>[],
  rows: readonly Row[],
  width: number,
  styleHeading?: (text: string) => string,
): string[][] {
  const columns = numbers
    .filter(({ always, number }) => always === true || rows.some((row) => number(row) !== 0))
    .map(({ heading, number }): Column<Row> => ({ heading, align: 'right', value: (row) => grouped(number(row)) }));
  const parts: string[][] = [];
  let part: Column<Row>[] = [];
  const finish = (): void => {
    parts.push(table([...keys, ...part], rows, styleHeading));
    part = [];
  };
  for (const column of columns) {
    const lines = table([...keys, ...part, column], rows);
    if (part.length > 0 && Math.max(...lines.map((line) => line.length)) > width) finish();
    part.push(column);
  }
  if (part.length > 0) finish();
  return parts;
}

/** Names and values under one another, names padded to the longest. */
export function properties(entries: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}

function padded(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'left' ? text + space : space + text;
}

/** Characters that a terminal shows; colours take no room. */
function widthOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
