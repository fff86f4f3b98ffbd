import { services } from '@hookline/programs';
import type { Session } from '../session.ts';
import { table } from '../terminal/table.ts';

/** Prints the programs that ship. */
export async function listPrograms(options: { readonly json?: boolean }, session: Session): Promise<void> {
  const { stdout } = session;
  const listed = services.map(({ name, summary }) => ({ name, summary }));
  if (options.json === true) {
    await stdout.line(JSON.stringify({ programs: listed }, null, 2));
    return;
  }
  const columns = [
    { heading: 'program', value: ({ name }: (typeof listed)[number]) => name },
    { heading: 'what it does', value: ({ summary }: (typeof listed)[number]) => summary },
  ];
  for (const line of table(columns, listed, (text) => stdout.style('bold', text))) await stdout.line(line);
}
