/** A label and what it is about; a row without a label goes on with the one above. */
export type Row = readonly [label: string, text: string];

/** Rows as two columns, indented. */
export function formatRows(rows: readonly Row[]): string {
  const width = Math.max(0, ...rows.map(([label]) => label.length));
  return rows.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`.trimEnd()).join('\n');
}
