import type { Schema } from '@hookline/bpf';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { ConfigError } from './config-error.ts';

/** More than any set of rules needs; what is larger is not a configuration. */
const MAX_BYTES = 1 << 20;
/** Aliases may multiply a document; this many are enough for shared lists. */
const MAX_ALIASES = 100;

/**
 * Reads a configuration from YAML 1.2 or JSON (which is YAML) and checks it.
 *
 * @param file its name, for errors
 * @throws ConfigError with key, line and remedy
 */
export function readConfig<Config>(schema: Schema<Config>, text: string, file?: string): Config {
  const place = file === undefined ? {} : { file };
  if (text.length > MAX_BYTES) {
    throw new ConfigError(`The configuration is larger than ${MAX_BYTES} bytes: give a file of rules.`, {
      path: [],
      ...place,
    });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const position = (offset: number | undefined) => {
    if (offset === undefined) return {};
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };

  const [error] = document.errors;
  if (error) {
    const sentence = error.message.split('\n')[0]?.replace(/[:.]?$/, '');
    throw new ConfigError(`${sentence}: correct the YAML here.`, { path: [], ...place, ...position(error.pos[0]) });
  }

  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    throw new ConfigError(
      `The aliases (*name) of this file cannot be resolved, or make it too large: write the values out.`,
      { path: [], ...place },
      { cause },
    );
  }

  try {
    return schema.parse(value);
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    const { path } = cause.place;
    // A key that is missing has no place of its own: its parent's is shown.
    for (let depth = path.length; depth >= 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) {
        throw new ConfigError(cause.reason, { path, ...place, ...position(node.range[0]) }, { cause });
      }
    }
    throw new ConfigError(cause.reason, { path, ...place }, { cause });
  }
}
