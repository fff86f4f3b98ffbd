// `node summary.mjs <results.json> <exit status of npm test>`: the last line of a CI run, from Vitest's JSON report.
// Counted as failed, beside the tests that failed: files that did not load (Vitest counts no test there), kernel tests that
// were skipped, and a run that failed outside any test (types, lint, an unhandled error).
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [path, status] = process.argv.slice(2);
const report = existsSync(path)
  ? JSON.parse(readFileSync(path, 'utf8'))
  : { numPassedTests: 0, numFailedTests: 0, testResults: [] };

let failed = report.numFailedTests;
for (const { name, status: fileStatus, assertionResults: tests } of report.testResults) {
  const file = relative(process.cwd(), name);
  if (fileStatus === 'failed' && !tests.some((test) => test.status === 'failed')) {
    failed += 1;
    console.log(`did not load: ${file}`);
  }
  if (!file.endsWith('.kernel.test.ts')) continue;
  for (const test of tests.filter((test) => test.status === 'skipped' || test.status === 'pending')) {
    failed += 1;
    console.log(`skipped, and must not be: ${file}: ${test.fullName}`);
  }
}
if (failed === 0 && (status !== '0' || report.numPassedTests === 0)) {
  failed = 1;
  console.log(`npm test ended with status ${status} and no failed test: see above`);
}
console.log(`${report.numPassedTests} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
