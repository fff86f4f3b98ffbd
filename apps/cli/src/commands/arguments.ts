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

const TIME_UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };

/** A span of time in nanoseconds: `50us`, `1ms`, `0.5s`. */
export function timeSpan(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)(ns|us|ms|s)$/.exec(text) ?? [];
  const value = Number(digits) * (TIME_UNITS[unit] ?? Number.NaN);
  if (!(value >= 1)) throw new InvalidArgumentError('It is not a time like 50us, 1ms or 0.5s');
  return value;
}

/** For an option that may be given several times. A variadic one would swallow the files that follow it. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
