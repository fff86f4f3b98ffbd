import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bpfObject } from '../src/index.ts';

/** The programs of the README's listings that stand for themselves, each listing as an object. */
export async function readmeObjects(): Promise<ReturnType<typeof bpfObject<Readonly<Record<string, unknown>>>>[]> {
  const text = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  const listings = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].flatMap(([, code = '']) =>
    code.startsWith('import') ? [code] : [],
  );
  // Inside of the package, so that its own name and those of its dependencies resolve.
  const folder = mkdtempSync(join(import.meta.dirname, 'readme-'));
  try {
    const modules = await Promise.all(
      listings.map((code, i) => {
        const file = join(folder, `listing-${i}.ts`);
        writeFileSync(file, code);
        return import(file) as Promise<Readonly<Record<string, unknown>>>;
      }),
    );
    return modules.map((module) => bpfObject(module));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
