import type { Schema } from '@hookline/bpf';
import { z } from 'zod';
import { suggest } from './closest-name.ts';
import { ConfigError } from './config-error.ts';

/** A function that turns what a file holds into what the program wants, or throws an Error with a sentence. */
type Reader<T> = (value: unknown) => T;

/** What zod's own kinds cannot say in one sentence: a reader's sentence becomes the issue. */
export function read<T>(reader: Reader<T>) {
  return z.unknown().transform((value, context): T => {
    try {
      return reader(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  });
}

/** One value or a list of values, each read by the same reader; issues of a list point at its element. */
export function oneOrMore<T>(reader: Reader<T>, atMost: number) {
  return z.unknown().transform((value, context): readonly T[] => {
    const list = Array.isArray(value) ? value : [value];
    if (list.length > atMost) {
      context.addIssue({ code: 'custom', message: `There are ${list.length} entries: give at most ${atMost}.` });
      return z.NEVER;
    }
    const results: T[] = [];
    for (const [i, entry] of list.entries()) {
      try {
        results.push(reader(entry));
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        context.addIssue({ code: 'custom', message, path: Array.isArray(value) ? [i] : [] });
        return z.NEVER;
      }
    }
    return results;
  });
}

/** Exactly one of these words. */
export function word<const W extends string>(...words: readonly W[]): Reader<W> {
  return (value) => {
    const found = words.find((one) => one === value);
    if (found === undefined) throw new Error(`${show(value)} is not possible here: ${suggest(spelling(value), words)}`);
    return found;
  };
}

/** An object with these keys and no others; `what` is its name in errors, without an article. */
export function record<S extends z.ZodRawShape>(what: string, shape: S) {
  const keys = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `There is no such key in a ${what}: ${suggest(String(issue.keys?.[0]), keys)}`
        : `${show(issue.input)} is no ${what}: give an object with the keys ${keys.join(', ')}.`,
  });
}

/** A value as it stood in the file, shortened. */
export function show(value: unknown): string {
  if (value === undefined) return 'Nothing';
  // An alias may make a list contain itself: never look inside.
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'A list' : 'A mapping';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** A word or a number as it stood in the file; empty for anything else. */
export function spelling(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** A zod schema as the contract wants it: the first issue becomes one `ConfigError`. */
export function checkedBy<Config>(schema: z.ZodType<Config>): Schema<Config> {
  return {
    parse(value) {
      const result = schema.safeParse(value);
      if (result.success) return result.data;
      const [issue] = result.error.issues;
      const path = (issue?.path ?? []).map((key) => (typeof key === 'number' ? key : String(key)));
      // The line of the key itself says more than that of the object around it.
      if (issue?.code === 'unrecognized_keys' && issue.keys[0] !== undefined) path.push(issue.keys[0]);
      throw new ConfigError(issue?.message ?? 'The configuration is not valid: compare it with the example.', { path });
    },
  };
}
