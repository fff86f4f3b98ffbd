import { fileURLToPath } from 'node:url';
import { CliError } from '../cli-error.ts';
import { oneLine } from '../terminal/text.ts';

/** What to do about Node's own refusals. */
const REMEDIES: Readonly<Record<string, string>> = {
  ERR_MODULE_NOT_FOUND: 'correct the name, or install the package',
  ERR_PACKAGE_PATH_NOT_EXPORTED: 'import what the package exports',
  ERR_INVALID_TYPESCRIPT_SYNTAX: 'correct the syntax',
  ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX: 'write it without enums, namespaces and parameter properties',
  ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING: 'move the file out of node_modules, or compile it',
};

/** The first line of an error that Node decorates: `/home/me/edge.ts:5`, the source, and carets under it. */
const DECORATED = /^(?:file:\/\/)?(\/[^\n]+?):(\d+)\n(?:[^\n]*\n)*?( *)\^+\n/;
const FRAME = /^\s+at (?:.*\()?(file:\/\/[^\s)]+?):(\d+):(\d+)\)?$/gm;
/** May be followed by a guess on a line of its own. */
const IMPORTED_FROM = / imported from (\/.+)(?:\n[\s\S]*)?$/;
const OWN_FOLDER = import.meta.dirname;

/**
 * What a user's module, or a body in it, threw, as one line with the place in the user's file. Errors of the builder
 * know their place and stay as they are.
 *
 * @param path absolute path of the module
 */
export function moduleError(error: unknown, path: string): unknown {
  if (!(error instanceof Error)) {
    return fileError(path, `threw ${JSON.stringify(error) ?? String(error)}`, 'throw errors only', error);
  }
  if ('position' in error && error.position !== undefined) return error;
  const code = 'code' in error ? String(error.code) : '';
  const stack = error.stack ?? '';
  const importer = IMPORTED_FROM.exec(error.message)?.[1];
  const place = importer ?? decoratedPlace(stack) ?? framePlace(stack, path) ?? path;
  const sentence = oneLine(error.message.replace(IMPORTED_FROM, '')).replace(/\.$/, '');
  if (REMEDIES[code] !== undefined) return fileError(place, sentence, REMEDIES[code], error);
  if (error.name === 'SyntaxError') return fileError(place, sentence, 'correct the syntax or the import', error);
  if (/^[A-Z]+_[A-Z_]+$/.test(code) && !code.startsWith('ERR_')) return fileError(place, sentence, undefined, error);
  return fileError(place, `${error.name}: ${sentence}`, 'correct it there; --debug prints the stack', error);
}

function fileError(place: string, problem: string, remedy: string | undefined, cause: unknown): CliError {
  return new CliError('PROGRAM_FILE', `${place}: ${problem}${remedy === undefined ? '' : `: ${remedy}`}.`, { cause });
}

function decoratedPlace(stack: string): string | undefined {
  const [, file, line, indent = ''] = DECORATED.exec(stack) ?? [];
  return file === undefined ? undefined : `${file}:${line}:${indent.length + 1}`;
}

/** Where in the user's module it happened; where nothing of that is on the stack, in which module. */
function framePlace(stack: string, path: string): string | undefined {
  const frames = [...stack.matchAll(FRAME)].map(([, url = '', line, column]) => ({
    file: fileURLToPath(url.replace(/\?.*$/, '')),
    line,
    column,
  }));
  const frame = frames.find(({ file }) => file === path) ?? frames.find(({ file }) => !file.startsWith(OWN_FOLDER));
  return frame === undefined ? undefined : `${frame.file}:${frame.line}:${frame.column}`;
}
