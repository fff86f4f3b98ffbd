import { BpfError, type BpfObject, type ContextFields, type LoadedObject, type TestRunResult } from '@hookline/bpf';
import { type LiveInputs, pinLiveInputs } from './live-inputs.ts';
import { inspect, mapContents } from './map-contents.ts';
import { skipReason } from './skip-rules.ts';
import type { Worlds } from './worlds.ts';

/** One frame through one program. */
export interface Run {
  /** Its name in the object; default: the only program. */
  readonly program?: string;
  readonly frame: Uint8Array;
  readonly context?: ContextFields;
}

export interface CompareOptions {
  /** What time, random numbers and CPU are; see `pinLiveInputs`. */
  readonly inputs?: LiveInputs;
  /** What the control plane does before the first run, the same in both worlds. */
  readonly prepare?: (loaded: LoadedObject) => void;
  /** The same before each run. */
  readonly beforeRun?: (loaded: LoadedObject, run: number) => void;
}

/** Something that the two worlds do not agree on. */
export interface Difference {
  /** `run 3: verdict`, `map flows`. */
  readonly what: string;
  readonly kernel: string;
  readonly vm: string;
}

export interface Comparison {
  readonly differences: readonly Difference[];
  /** Runs that were compared. */
  readonly compared: number;
  /** Runs that the kernel's test run cannot make, counted by the reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** The verifier's answer where it refused a program: nothing was compared then. */
  readonly refused?: BpfError;
}

/** Context fields that the test run does not define alike, or that a simulated packet has no counterpart of. */
const NOT_COMPARED: ReadonlySet<string> = new Set(['hash', 'queueMapping', 'sk']);

type Outcome<T> = { readonly value: T } | { readonly error: BpfError };

function attempt<T>(action: () => T): Outcome<T> {
  try {
    return { value: action() };
  } catch (error) {
    if (error instanceof BpfError) return { error };
    throw error;
  }
}

/** What a run did, part by part, as lines that can be compared. */
function partsOf(outcome: Outcome<TestRunResult>): Readonly<Record<string, string>> {
  if ('error' in outcome) return { verdict: `${outcome.error.code}: ${outcome.error.message}` };
  const { verdict, frame, context } = outcome.value;
  const fields = Object.entries(context).map(([name, value]) => [`context ${name}`, String(value)]);
  return { verdict: `0x${verdict.toString(16)}`, frame: inspect(frame), ...Object.fromEntries(fields) };
}

function errorCode(outcome: Outcome<unknown>): string {
  return 'error' in outcome ? outcome.error.code : '';
}

function compareRun(what: string, kernel: Outcome<TestRunResult>, vm: Outcome<TestRunResult>): Difference[] {
  // Both refuse, with the same errno: the sentences are each world's own.
  if (errorCode(kernel) !== '' && errorCode(kernel) === errorCode(vm)) return [];
  const ours = partsOf(vm);
  return Object.entries(partsOf(kernel)).flatMap(([part, theirs]) => {
    if (NOT_COMPARED.has(part.replace('context ', ''))) return [];
    const own = ours[part] ?? 'nothing';
    return own === theirs ? [] : [{ what: `${what}: ${part}`, kernel: theirs, vm: own }];
  });
}

function compareMaps(kernel: LoadedObject, vm: LoadedObject): Difference[] {
  const theirs = mapContents(kernel);
  const ours = mapContents(vm);
  return [...theirs].flatMap(([name, lines]) => {
    const own = ours.get(name) ?? [];
    const missing = lines.filter((line, i) => line !== own[i]);
    const extra = own.filter((line, i) => line !== lines[i]);
    if (missing.length === 0 && extra.length === 0) return [];
    return [{ what: `map ${name}`, kernel: missing.join('; '), vm: extra.join('; ') }];
  });
}

/**
 * Loads an object into both worlds, sends the same frames through it, and says where they do not agree: on the low 32
 * bits of r0, on the packet's bytes, on the context, or at the end on what the maps hold.
 */
export function compare(
  worlds: Worlds,
  object: BpfObject,
  runs: readonly Run[],
  options: CompareOptions = {},
): Comparison {
  const pinned = pinLiveInputs(object, options.inputs ?? {});
  const loaded = attempt(() => worlds.load(pinned));
  if ('error' in loaded) return { differences: [], compared: 0, skipped: {}, refused: loaded.error };
  using kernel = loaded.value;
  const simulated = attempt(() => worlds.simulate(pinned));
  if ('error' in simulated) {
    const { code, message } = simulated.error;
    return { differences: [{ what: 'load', kernel: 'loaded', vm: `${code}: ${message}` }], compared: 0, skipped: {} };
  }
  using vm = simulated.value;
  const differences: Difference[] = [];
  const skipped: Record<string, number> = {};
  let compared = 0;
  options.prepare?.(kernel);
  options.prepare?.(vm);
  runs.forEach(({ program: name = Object.keys(object.programs)[0] ?? '', frame, context }, i) => {
    const theirs = kernel.programs[name];
    const ours = vm.programs[name];
    if (theirs === undefined || ours === undefined) throw new Error(`The object has no program '${name}'.`);
    const reason = skipReason(theirs.spec.type, frame);
    if (reason !== undefined) {
      skipped[reason] = (skipped[reason] ?? 0) + 1;
      return;
    }
    options.beforeRun?.(kernel, i);
    options.beforeRun?.(vm, i);
    const run = context === undefined ? {} : { context };
    const answer = attempt(() => theirs.testRun(frame, run));
    differences.push(
      ...compareRun(
        `run ${i}`,
        answer,
        attempt(() => ours.testRun(frame, run)),
      ),
    );
    compared++;
  });
  differences.push(...compareMaps(kernel, vm));
  return { differences, compared, skipped };
}
