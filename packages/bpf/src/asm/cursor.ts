import { BpfError } from '../bpf-error.ts';
import type { Position } from '../isa/instruction.ts';

interface Token {
  readonly text: string;
  /** From 1. */
  readonly column: number;
}

/**
 * A string, a word (register, number, name, `bpf_tail_call#12`), or a sign, longest first; a signed sign begins with
 * an `s` that is no word of its own.
 */
const TOKEN = /"[^"]*"|s(?:>>=|\/=|%=|>=|<=|>|<)|[A-Za-z0-9_.]+(?:#\d+)?|<<=|>>=|[-+*/%&|^=!<>]=|[-+*&<>=()[\],:]/y;
const SPACE = /\s+/y;
const COMMENT = /;|#|\/\//y;
/** No line needs more, whatever precedes its comment. */
const MOST_TOKENS = 100;
const LONGEST_TOKEN = 512;

function tokenize(text: string, refuse: (column: number, problem: string) => never): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const space = match(SPACE);
    if (space) {
      at += space.length;
      continue;
    }
    if (match(COMMENT)) break;
    const token = match(TOKEN);
    if (!token) return refuse(at + 1, `'${text[at]}' begins nothing: a comment starts with ; # or //.`);
    if (token.length > LONGEST_TOKEN)
      refuse(at + 1, `a word of ${token.length} characters: give ${LONGEST_TOKEN} at most.`);
    if (tokens.length === MOST_TOKENS) refuse(at + 1, `more than ${MOST_TOKENS} words: write one instruction a line.`);
    tokens.push({ text: token, column: at + 1 });
    at += token.length;
  }
  return tokens;
}

/** Reads one line from left to right. Every error names file, line and column. */
export class Cursor {
  readonly file: string;
  readonly line: number;
  readonly #tokens: readonly Token[];
  readonly #end: number;
  #next = 0;

  constructor(file: string, line: number, text: string) {
    this.file = file;
    this.line = line;
    this.#end = text.trimEnd().length + 1;
    this.#tokens = tokenize(text, (column, problem) => this.refuse(problem, column));
  }

  get done(): boolean {
    return this.#next >= this.#tokens.length;
  }

  /** Column of the next token, or of the line's end. */
  get column(): number {
    return this.#tokens[this.#next]?.column ?? this.#end;
  }

  position(column = this.column): Position {
    return { file: this.file, line: this.line, column };
  }

  /** @throws BpfError ASSEMBLY_INVALID, always */
  refuse(problem: string, column = this.column): never {
    const place = `${this.file}:${this.line}:${column}`;
    throw new BpfError('ASSEMBLY_INVALID', `${place}: ${problem}`, { position: this.position(column) });
  }

  /** The token `ahead` places on, without taking it. */
  peek(ahead = 0): string | undefined {
    return this.#tokens[this.#next + ahead]?.text;
  }

  take(wanted: string): string {
    const token = this.peek();
    if (token === undefined) return this.refuse(`the line ends too soon: ${wanted} is missing.`);
    this.#next++;
    return token;
  }

  /** Takes the token if it is this one. */
  accept(text: string): boolean {
    if (this.peek() !== text) return false;
    this.#next++;
    return true;
  }

  expect(...texts: readonly string[]): void {
    for (const text of texts) {
      const token = this.peek();
      if (!this.accept(text)) {
        this.refuse(
          token === undefined ? `the line ends too soon: '${text}' is missing.` : `'${token}' instead of '${text}'.`,
        );
      }
    }
  }

  end(): void {
    const token = this.peek();
    if (token !== undefined) this.refuse(`'${token}' is too much: end the line before it.`);
  }

  /** A whole number, decimal or hexadecimal, with or without a sign. */
  integer(what: string): bigint {
    const column = this.column;
    const negative = this.peek() === '-';
    if (negative || this.peek() === '+') this.#next++;
    const digits = this.take(what);
    if (!/^(0x[0-9a-f]+|\d+)$/i.test(digits)) this.refuse(`'${digits}' is no number: give ${what}.`, column);
    return negative ? -BigInt(digits) : BigInt(digits);
  }

  /** A number in a range, both ends included. */
  number(what: string, least: number, most: number): number {
    const column = this.column;
    const value = this.integer(what);
    if (value < least || value > most) this.refuse(`${what} ${value}: give ${least} to ${most}.`, column);
    return Number(value);
  }
}

/** Whether a token is a name: of a label, a function, a program. */
export function isName(token: string | undefined): token is string {
  return token !== undefined && /^[A-Za-z_.][A-Za-z0-9_.]*$/.test(token);
}
