import { type BpfMap, isPerCpu, type LoadedObject, type MapSpec } from '@hookline/bpf';
import { formatRows, type Row } from '../failure/rows.ts';
import { MatcherError } from '../matcher-error.ts';
import { evidenceOf } from '../replay/evidence.ts';
import { mapNamed } from '../subject/map-contents.ts';
import type { MatcherResult } from './matcher-result.ts';

interface Matching {
  readonly isNot: boolean;
  equals(a: unknown, b: unknown): boolean;
  readonly utils: { stringify(value: unknown): string };
}

const MOST_ENTRIES = 10;

/**
 * Whether a map has an entry, and with a value where one is given. What a per-CPU map has at a key is added up over the
 * CPUs.
 */
export function toHaveMapEntry(
  this: Matching,
  subject: unknown,
  map: MapSpec | string,
  key: unknown,
  ...value: readonly [value?: unknown]
): MatcherResult {
  const loaded = loadedOf(subject);
  const spec = typeof map === 'string' ? mapNamed(loaded, map) : map;
  const handle = loaded.map(spec) as Partial<BpfMap>;
  if (handle.get === undefined) {
    throw new MatcherError(
      'MATCHER_OPTION',
      `The map '${spec.name}' of type ${spec.type} has no keys: read it yourself.`,
    );
  }
  const found = entryOf(spec, handle.get(key));
  const pass = found !== undefined && (value.length === 0 || this.equals(found, value[0]));
  const show = (one: unknown): string => this.utils.stringify(one);
  const wanted = value.length === 0 ? '' : ` with ${show(value[0])}`;
  const entries = (): Row[] => {
    const rows = [...(handle as BpfMap)].map(([at, one]): Row => [show(at), show(entryOf(spec, one))]);
    if (rows.length > MOST_ENTRIES) rows.splice(MOST_ENTRIES, rows.length, ['...', '']);
    return rows.length === 0 ? [['Entries', 'none']] : rows;
  };
  return {
    pass,
    message: () => {
      const said = found === undefined ? 'there is none' : `there is ${show(found)}`;
      const title = `Expected the map '${spec.name}' ${this.isNot ? 'not ' : ''}to have the entry ${show(key)}${wanted}`;
      return `${title}, but ${said}.\n\n${formatRows(entries())}`;
    },
  };
}

function loadedOf(subject: unknown): LoadedObject {
  const loaded = subject as Partial<LoadedObject> | null | undefined;
  if (typeof loaded?.map === 'function' && loaded.object !== undefined) return loaded as LoadedObject;
  const kept = evidenceOf(subject).loaded;
  if (kept !== undefined) return kept;
  throw new MatcherError('MATCHER_SUBJECT', 'This replay had no program, and so no maps: replay through a program.');
}

function entryOf(spec: MapSpec, value: unknown): unknown {
  return isPerCpu(spec) && Array.isArray(value) ? value.reduce(sum) : value;
}

/** Numbers are added, structs field by field; what is neither is taken from the first CPU. */
function sum(a: unknown, b: unknown): unknown {
  if (typeof a === 'bigint' && typeof b === 'bigint') return a + b;
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (Array.isArray(a) && Array.isArray(b)) return a.map((one, index) => sum(one, b[index]));
  if (isRecord(a) && isRecord(b)) {
    return Object.fromEntries(Object.entries(a).map(([name, one]) => [name, sum(one, b[name])]));
  }
  return a;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
}
