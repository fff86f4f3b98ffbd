/** Where in a configuration something is wrong. */
export interface ConfigPlace {
  /** As in `['rules', 2, 'protocol']`; empty for the document itself. */
  readonly path: readonly (string | number)[];
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  readonly column?: number;
}

/** A configuration that cannot be used. The message names the key and ends in the remedy. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
  readonly place: ConfigPlace;
  /** The message without the place. */
  readonly reason: string;

  constructor(reason: string, place: ConfigPlace, options?: ErrorOptions) {
    super(`${formatPlace(place)}${reason}`, options);
    this.name = 'ConfigError';
    this.reason = reason;
    this.place = place;
  }
}

/** `rules[2].protocol`. */
export function formatPath(path: readonly (string | number)[]): string {
  return path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${key}`)).join('');
}

function formatPlace({ path, file, line, column }: ConfigPlace): string {
  const where = [file, line, column].filter((part) => part !== undefined).join(':');
  const key = formatPath(path);
  if (where === '') return key === '' ? '' : `${key}: `;
  return `${file === undefined ? `line ${where}` : where}: ${key === '' ? '' : `${key}: `}`;
}
