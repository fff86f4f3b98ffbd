import { SUITES } from './suites.ts';

/*
 * Runs one suite and prints its results as JSON. A suite has a process of its own, because what ran before it in the
 * same one changes what the compiler makes of it.
 */
const load = SUITES[process.argv[2] ?? ''];
if (load === undefined) throw new Error(`There is no suite ${process.argv[2]}.`);
console.log(JSON.stringify(await (await load()).run()));
