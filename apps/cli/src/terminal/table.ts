import { stripVTControlCharacters } from 'node:util';

export interface Column<Row> {
  readonly heading: string;
  /** Numbers are aligned to the right. */
  readonly align?: 'left' | 'right';
  readonly value: (row: Row) => string;
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
