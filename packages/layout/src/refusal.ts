import { LayoutError } from './layout.ts';

/** Where a value lies, for errors: `flow.source`, `counters[3].bytes`. */
export type Path = string;

/** Refuses a value, saying where it lies. */
export function refuse(path: Path, problem: string): never {
  throw new LayoutError('LAYOUT_VALUE', `${path || 'value'}: ${problem}`);
}

/** Characters of a value that an error repeats. */
const LONGEST = 60;

/** A value as an error shows it: never more than a line, never by running the value's own code. */
export function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  if (typeof value === 'function') return 'a function';
  const text = String(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}
