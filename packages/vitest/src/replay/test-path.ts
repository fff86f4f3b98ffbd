import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

/** A file as a test names it: relative to the folder of the test. */
export function pathInTest(file: string | URL): string {
  if (file instanceof URL) return fileURLToPath(file);
  const { testPath } = expect.getState();
  return isAbsolute(file) || testPath === undefined ? file : join(dirname(testPath), file);
}
