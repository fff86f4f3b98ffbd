import { BpfError, type BpfObject, type ContextFields, type LoadedObject, type TestRunResult } from '@hookline/bpf';
import { type LiveInputs, pinLiveInputs } from './live-inputs.ts';
import { inspect, mapContents } from './map-contents.ts';
import { skipReason } from './skip-rules.ts';

/** Two worlds that load objects. */
export interface TwoWorlds {
  load(object: BpfObject): LoadedObject;
  simulate(object: BpfObject): LoadedObject;
}

/** One frame through one program. */
export interface Run {
  /** Its name in the object; default: the first program. */
  readonly program?: string;
  readonly frame: Uint8Array;
  readonly context?: ContextFields;
  /** What the control plane does before it, the same in both worlds. */
  readonly before?: (loaded: LoadedObject) => void;
}

/** Something done in both worlds, and what came of it: a value that `inspect` can write, or a `BpfError`. */
export interface Step {
  /** For the list of differences: `run 3`, `set 4`. */
  readonly name: string;
  readonly act: (loaded: LoadedObject) => Readonly<Record<string, unknown>>;
}

export interface CompareOptions {
  /** What time, random numbers and CPU are; see `pinLiveInputs`. */
  readonly inputs?: LiveInputs;
  /** What the control plane does before everything else, the same in both worlds. */
  readonly prepare?: (loaded: LoadedObject) => void;
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
  /** Steps that were compared. */
  readonly compared: number;
  /** Runs that the kernel's test run cannot make, counted by the reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** The verifier's answer where it refused a program: nothing was compared then. */
  readonly refused?: BpfError;
}

/** Context fields that a simulated packet has no counterpart of: the kernel hashes it when asked, and has a socket. */
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

/** What a step did, part by part. */
function partsOf(outcome: Outcome<Readonly<Record<string, unknown>>>): Readonly<Record<string, string>> {
  if ('error' in outcome) return { error: `${outcome.error.code}: ${outcome.error.message}` };
  return Object.fromEntries(Object.entries(outcome.value).map(([part, value]) => [part, inspect(value)]));
}

function codeOf(outcome: Outcome<unknown>): string | undefined {
  return 'error' in outcome ? outcome.error.code : undefined;
}

function compareStep({ name, act }: Step, kernel: LoadedObject, vm: LoadedObject): Difference[] {
  const theirs = attempt(() => act(kernel));
  const ours = attempt(() => act(vm));
  // Both refuse, with the same errno: the sentences are each world's own.
  if (codeOf(theirs) !== undefined && codeOf(theirs) === codeOf(ours)) return [];
  const expected = partsOf(theirs);
  const actual = partsOf(ours);
  const parts = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...parts]
    .filter((part) => expected[part] !== actual[part])
    .map((part) => ({ what: `${name}: ${part}`, kernel: expected[part] ?? 'nothing', vm: actual[part] ?? 'nothing' }));
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
 * Loads an object into both worlds, does the same steps there, and says where the two do not agree: on what a step
 * gave, or at the end on what the maps hold.
 */
export function compareSteps(
  worlds: TwoWorlds,
  object: BpfObject,
  steps: readonly Step[],
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
  options.prepare?.(kernel);
  options.prepare?.(vm);
  const differences = steps.flatMap((step) => compareStep(step, kernel, vm));
  return { differences: [...differences, ...compareMaps(kernel, vm)], compared: steps.length, skipped: {} };
}

/** The parts of a test run that are compared: raw r0, the packet's bytes, the context's fields. */
export function partsOfRun({ verdict, frame, context }: TestRunResult): Readonly<Record<string, unknown>> {
  const fields = Object.entries(context)
    .filter(([name]) => !NOT_COMPARED.has(name))
    .map(([name, value]) => [`context ${name}`, value] as const);
  return { verdict, frame, ...Object.fromEntries(fields) };
}

function step({ program: name, frame, context, before }: Run, i: number): Step {
  return {
    name: `run ${i}`,
    act: (loaded) => {
      before?.(loaded);
      const program = name === undefined ? Object.values(loaded.programs)[0] : loaded.programs[name];
      if (program === undefined) throw new Error(`The object has no program '${name}'.`);
      return partsOfRun(program.testRun(frame, context === undefined ? {} : { context }));
    },
  };
}

/** Sends the same frames through an object's programs in both worlds; see `compareSteps`. */
export function compare(
  worlds: TwoWorlds,
  object: BpfObject,
  runs: readonly Run[],
  options: CompareOptions = {},
): Comparison {
  const skipped: Record<string, number> = {};
  const taken = runs.filter(({ program: name, frame }) => {
    const program = name === undefined ? Object.values(object.programs)[0] : object.programs[name];
    const reason = program && skipReason(program.type, frame);
    if (reason !== undefined) skipped[reason] = (skipped[reason] ?? 0) + 1;
    return reason === undefined;
  });
  return { ...compareSteps(worlds, object, taken.map(step), options), skipped };
}
