import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { BenchResult } from './result.ts';

/** Every suite, by the name that `node bench/run.ts <name>` takes. */
const SUITES: Readonly<Record<string, () => Promise<{ run: () => Promise<BenchResult[]> }>>> = {
  'capture-reading': () => import('./capture-reading.ts'),
  interpreter: () => import('./interpreter.ts'),
  'receive-path': () => import('./receive-path.ts'),
};

const RESULTS = new URL('results.json', import.meta.url);

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in SUITES));
if (unknown.length > 0) {
  console.error(`There is no suite ${unknown.join(', ')}. Choose from: ${Object.keys(SUITES).join(', ')}.`);
  process.exit(2);
}

const results: BenchResult[] = [];
printRow('comparison', 'ours', 'baseline', 'unit', 'ratio', 'goal');
for (const [name, load] of Object.entries(SUITES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const { run } = await load();
  for (const result of await run()) {
    results.push(result);
    const { ours, baseline, unit, ratio, goal, holds } = result;
    const goalText = `${goal.toFixed(1)} ${holds ? 'holds' : 'MISSED'}`;
    printRow(result.name, ours.toPrecision(3), baseline.toPrecision(3), unit, ratio.toFixed(1), goalText);
  }
}
const machine = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
writeFileSync(RESULTS, `${JSON.stringify({ machine, results }, null, 2)}\n`);
if (results.some(({ holds }) => !holds)) process.exitCode = 1;

function printRow(name: string, ours: string, baseline: string, unit: string, ratio: string, goal: string): void {
  const columns = [name.padEnd(44), ours.padStart(8), baseline.padStart(8), unit.padEnd(12), ratio.padStart(6), goal];
  console.log(columns.join('  '));
}
