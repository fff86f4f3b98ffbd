import { InvalidArgumentError } from 'commander';

const SCALES: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

/** 0, 1, 2, ... */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('It is not a whole number');
  return value;
}

/** 1, 2, 3, ... */
export function count(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError('Give 1 or more');
  return value;
}

/** A number above 0, fractions too. */
export function positive(text: string): number {
  const value = Number(text);
  if (!/^[\d.]+(?:e\d+)?$/i.test(text) || !(value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw new InvalidArgumentError('It is not a number above 0');
  }
  return value;
}

/** Bits a second: `10G`, `2.5G`, `100M`, `1000000000`. */
export function bitRate(text: string): number {
  const [, digits = '', scale = ''] = /^(\d+(?:\.\d+)?)([kmgt]?)$/i.exec(text) ?? [];
  const value = Number(digits) * (SCALES[scale.toLowerCase()] ?? Number.NaN);
  if (!(value > 0)) throw new InvalidArgumentError('It is not a rate like 10G, 2.5G or 100M');
  return value;
}

/** For an option that may be given several times. A variadic one would swallow the files that follow it. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
