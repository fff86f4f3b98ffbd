import { show } from './zod-schema.ts';

/** A reader of whole numbers; `what` names them in errors, with its article: `a port`. */
export function wholeNumber(what: string, least: number, most: number): (value: unknown) => number {
  return (value) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
      throw new Error(`${show(value)} is not ${what}: give a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}
