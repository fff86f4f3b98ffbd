import type { Position } from '@hookline/bpf';
import type { Origin } from '../ir/operation.ts';

/** Everything in this package is the library; a program's author is whoever called it from elsewhere. */
const LIBRARY = new URL('..', import.meta.url).href;
const FRAME = /^\s+at (?:.*\()?(.+?):(\d+):(\d+)\)?$/;

/** Without scheme and query, which test runners add, as a name for BTF. */
function fileOf(location: string): string {
  const withoutQuery = location.replace(/\?.*$/, '');
  return withoutQuery.startsWith('file://') ? decodeURIComponent(new URL(withoutQuery).pathname) : withoutQuery;
}

const LIBRARY_PATH = fileOf(LIBRARY);

/** A place in the author's source that is taken now (2 us) and formatted when somebody asks. */
class CapturedOrigin implements Origin {
  #capture: { readonly stack?: string } | undefined;
  #position: Position | undefined;

  constructor(capture: { readonly stack?: string }) {
    this.#capture = capture;
  }

  get position(): Position | undefined {
    if (this.#capture) {
      this.#position = authorOf(this.#capture.stack ?? '');
      this.#capture = undefined;
    }
    return this.#position;
  }
}

function authorOf(stack: string): Position | undefined {
  for (const line of stack.split('\n')) {
    const [, location, row, column] = FRAME.exec(line) ?? [];
    if (!location || location.startsWith('node:') || location === 'native') continue;
    const file = fileOf(location);
    if (!file.startsWith(LIBRARY_PATH)) return { file, line: Number(row), column: Number(column) };
  }
  return undefined;
}

/** Frames of this package between the author and the capture, with room to spare. */
const DEPTH = 12;

/** Where the author called the library just now. */
export function captureOrigin(): Origin {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = DEPTH;
  const capture: { readonly stack?: string } = {};
  Error.captureStackTrace(capture, captureOrigin);
  Error.stackTraceLimit = before;
  return new CapturedOrigin(capture);
}
