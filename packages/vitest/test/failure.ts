import { relative } from 'node:path';

/** The folder of the tests as failures name it. */
const FOLDER = `${relative('', import.meta.dirname)}/`;

/** What an assertion says when it fails, with files by their names alone. */
export function failureOf(assertion: () => void): string {
  try {
    assertion();
  } catch (error) {
    return textOf(error);
  }
  throw new Error('The assertion holds, and was to fail.');
}

/** The same of an assertion that takes its time. */
export async function rejectionOf(assertion: Promise<unknown>): Promise<string> {
  const error = await assertion.then(
    () => new Error('The assertion holds, and was to fail.'),
    (reason: unknown) => reason,
  );
  return textOf(error);
}

function textOf(error: unknown): string {
  return (error as Error).message.replaceAll(FOLDER, '');
}
