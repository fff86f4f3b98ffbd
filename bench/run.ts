import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BenchResult } from './result.ts';
import { SUITES } from './suites.ts';

const RESULTS = new URL('results.json', import.meta.url);
const RUN_SUITE = fileURLToPath(new URL('run-suite.ts', import.meta.url));

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in SUITES));
if (unknown.length > 0) {
  console.error(`There is no suite ${unknown.join(', ')}. Choose from: ${Object.keys(SUITES).join(', ')}.`);
  process.exit(2);
}

const results: BenchResult[] = [];
printRow('comparison', 'ours', 'baseline', 'unit', 'ratio', 'goal');
for (const name of wanted.length > 0 ? wanted : Object.keys(SUITES)) {
  const { stdout } = await promisify(execFile)(process.execPath, [RUN_SUITE, name]);
  for (const result of JSON.parse(stdout) as BenchResult[]) {
    results.push(result);
    const { ours, baseline, unit, ratio, goal, holds } = result;
    const goalText = `${goal} ${holds ? 'holds' : 'MISSED'}`;
    printRow(result.name, ours.toPrecision(3), baseline.toPrecision(3), unit, ratio.toPrecision(3), goalText);
  }
}
console.log(`Wall time. Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}.`);
writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
if (results.some(({ holds }) => !holds)) process.exitCode = 1;

function printRow(name: string, ours: string, baseline: string, unit: string, ratio: string, goal: string): void {
  const columns = [name.padEnd(48), ours.padStart(8), baseline.padStart(8), unit.padEnd(12), ratio.padStart(6), goal];
  console.log(columns.join('  '));
}
