import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/*
 * What TypeScript refuses, with its own words: each line of the fixtures that holds an error ends in `// TS2345 text`,
 * and the compiler must say exactly that, there, and nothing anywhere else.
 */

const folder = join(import.meta.dirname, 'fixtures/refused');
const compiler = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');

/** `file:line code text`; the rest of a long text is left out in the fixtures. */
function expectedErrors(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) =>
      readFileSync(join(folder, file), 'utf8')
        .split('\n')
        .flatMap((line, i) =>
          line
            .split(' // ')
            .slice(1)
            .map((expectation) => `${file}:${i + 1} ${expectation}`),
        ),
    );
}

function actualErrors(): string[] {
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], { encoding: 'utf8' });
  return [...stdout.matchAll(/^(.+?)\((\d+),\d+\): error (TS\d+): (.*)$/gm)].map(
    ([, file, line, code, text]) => `${file?.split('/').at(-1)}:${line} ${code} ${text}`,
  );
}

test('TypeScript refuses each of these lines, for the reason that stands beside it', () => {
  const actual = actualErrors();
  const expected = expectedErrors();
  const unexpected = actual.filter((error) => !expected.some((start) => error.startsWith(start)));
  const missing = expected.filter((start) => !actual.some((error) => error.startsWith(start)));
  expect({ unexpected, missing }).toEqual({ unexpected: [], missing: [] });
  expect(actual.length).toBe(expected.length);
  expect(actual.length).toBeGreaterThan(35);
});
