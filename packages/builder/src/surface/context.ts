import type { MapSpec } from '@hookline/bpf';
import { BuildError, type BuildErrorCode } from '../build-error.ts';
import type { FunctionBuilder } from '../ir/function-builder.ts';
import type { Block, IrFunction, Origin, Source, Value } from '../ir/operation.ts';
import { constant } from '../ir/operation.ts';
import { captureOrigin } from './position.ts';
import type { Hook } from './types.ts';

/** Something that was made and must not be forgotten. */
export interface Made {
  readonly origin: Origin;
  /** `this condition`, `this value`. */
  readonly what: string;
  readonly remedy: string;
  region: Region;
  used: boolean;
}

/** Bytes that the program has written, for places that were looked up before. */
export interface Written {
  readonly base: Value;
  readonly offset: number;
  readonly end: number;
  /** Of a bit field: which bits of its unit. */
  readonly bits: { readonly shift: number; readonly width: number } | undefined;
  /** Rises from write to write. */
  readonly order: number;
  readonly origin: Origin;
}

interface Remembered {
  readonly key: string;
  /** Which state of the packet it belongs to. */
  readonly generation: number;
  readonly value: unknown;
}

/** The statements of one callback. What is made in it exists until its end. */
export class Region {
  readonly parent: Region | undefined;
  /** What was parsed and read here, for those who ask again. */
  readonly memory: Remembered[] = [];
  /** Where STOP goes, of the body of a loop. */
  readonly loopEnd: Block | undefined;

  constructor(parent: Region | undefined, loopEnd?: Block) {
    this.parent = parent;
    this.loopEnd = loopEnd;
  }

  /** Whether `other` is this region or inside of it. */
  encloses(other: Region | undefined): boolean {
    for (let region = other; region; region = region.parent) if (region === this) return true;
    return false;
  }
}

/** What all functions of one program share. */
export interface ProgramState {
  readonly name: string;
  readonly hook: Hook;
  /** By name, in the order of their first use. */
  readonly maps: Map<string, MapSpec>;
  /** Subprograms that were written already; undefined while one is being written. */
  readonly functions: Map<object, IrFunction | undefined>;
}

const DEEPEST = 60;

/** The function that is being written now. */
export class BuildContext {
  readonly program: ProgramState;
  readonly fn: FunctionBuilder;
  /** r1 of the main function; a subprogram does not have it. */
  readonly packetContext: Value | undefined;
  region: Region = new Region(undefined);
  /** Changes whenever the packet moves: headers from before are gone then. */
  generation = 0;
  /** Counts what other programs or packets can see; `otherwise` must come before the next one. */
  effects = 0;
  readonly made: Made[] = [];
  /** What may have been written where control is now. */
  readonly written: Written[] = [];
  /** Writes so far, in all branches. */
  writes = 0;
  #generations = 0;
  #part = '';

  constructor(program: ProgramState, fn: FunctionBuilder, packetContext: Value | undefined) {
    this.program = program;
    this.fn = fn;
    this.packetContext = packetContext;
  }

  fail(code: BuildErrorCode, message: string, origin: Origin = this.fn.here): never {
    throw new BuildError(code, `${this.#part}${message}`, origin.position);
  }

  /** What goes wrong meanwhile concerns this part of a larger value. */
  within(part: string, body: () => void): void {
    const outer = this.#part;
    this.#part = `${part}: `;
    body();
    this.#part = outer;
  }

  /** Remembers that something was made, so that it can be missed when nobody uses it. */
  make(what: string, remedy: string): Made {
    const made: Made = { origin: this.fn.here, what, remedy, region: this.region, used: false };
    this.made.push(made);
    return made;
  }

  /** The thing is used now: it must exist here. */
  use(made: Made, owner: BuildContext): void {
    made.used = true;
    if (owner !== this) {
      this.fail('BUILD_SCOPE', `${capital(made.what)} belongs to another function: pass it as an argument.`);
    }
    if (!made.region.encloses(this.region)) {
      const { position } = made.origin;
      const where = position ? ` (made in line ${position.line})` : '';
      this.fail(
        'BUILD_SCOPE',
        `${capital(made.what)}${where} exists only in the branch that made it: set a variable() there, or make it before the branch.`,
      );
    }
  }

  requireAllUsed(): void {
    const forgotten = this.made.find((made) => !made.used);
    if (forgotten)
      this.fail('BUILD_UNUSED', `${capital(forgotten.what)} is never used: ${forgotten.remedy}`, forgotten.origin);
  }

  /** Runs statements in a region of their own; what they made is gone after it. */
  inside<T>(body: () => T, loopEnd?: Block): T {
    const outer = this.region;
    this.region = new Region(outer, loopEnd);
    let depth = 0;
    for (let region: Region | undefined = this.region; region; region = region.parent) depth++;
    if (depth > DEEPEST) {
      this.fail('BUILD_SIZE', `Branches are nested more than ${DEEPEST} deep: leave early with orReturn or a verdict.`);
    }
    try {
      return body();
    } finally {
      this.region = outer;
    }
  }

  /** What `make` gave for this key where it dominates this point and the packet has not moved; otherwise makes it. */
  once<T>(key: string, make: () => T): T {
    const known = this.recall<T>(key);
    if (known !== undefined) return known;
    const value = make();
    this.remember(key, value);
    return value;
  }

  recall<T>(key: string): T | undefined {
    for (let region: Region | undefined = this.region; region; region = region.parent) {
      const entry = region.memory.find((one) => one.key === key && one.generation === this.generation);
      if (entry) return entry.value as T;
    }
    return undefined;
  }

  /** All that was remembered under this key, where it dominates this point and the packet has not moved. */
  recallAll<T>(key: string): T[] {
    const found: T[] = [];
    for (let region: Region | undefined = this.region; region; region = region.parent) {
      for (const entry of region.memory) {
        if (entry.key === key && entry.generation === this.generation) found.push(entry.value as T);
      }
    }
    return found;
  }

  remember(key: string, value: unknown): void {
    this.region.memory.push({ key, generation: this.generation, value });
  }

  /** The packet has moved, or may have. */
  move(): void {
    this.generation = ++this.#generations;
  }

  /** After branches: the state of the packet that all of them agree on, or a new one. */
  join(generations: readonly number[]): void {
    const [first, ...others] = generations;
    if (first === undefined) return;
    if (others.every((other) => other === first)) this.generation = first;
    else this.move();
  }

  // ---- the steps that everything is made of --------------------------------------------------------------------
  compute(
    operator: 'add' | 'sub' | 'mul' | 'div' | 'mod' | 'and' | 'or' | 'xor' | 'lsh' | 'rsh' | 'arsh',
    bits: 32 | 64,
    left: Value,
    right: Source | number | bigint,
  ): Value {
    const to = this.fn.register();
    const source = typeof right === 'object' ? right : constant(right);
    this.fn.emit({ op: 'alu', operator, bits, to, left, right: source });
    return to;
  }

  load(base: Value, offset: number, bytes: 1 | 2 | 4 | 8): Value {
    const to = this.fn.register();
    this.fn.emit({ op: 'load', to, base, offset, bytes });
    return to;
  }

  swap(bits: 16 | 32 | 64, from: Value): Value {
    const to = this.fn.register();
    this.fn.emit({ op: 'swap', bits, to, from });
    return to;
  }

  copy(from: Source): Value {
    const to = this.fn.register();
    this.fn.emit({ op: 'set', to, from });
    return to;
  }

  assign(to: Value, from: Source | number): void {
    this.fn.emit({ op: 'set', to, from: typeof from === 'number' ? constant(from) : from });
  }

  /** A helper's result as the 64 bits of r0. */
  call(helper: number, parameters: readonly Source[]): Value {
    const to = this.fn.register();
    this.fn.emit({ op: 'call', callee: helper, parameters, to });
    return to;
  }
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const active: BuildContext[] = [];

export function runIn<T>(context: BuildContext, body: () => T): T {
  active.push(context);
  try {
    return body();
  } finally {
    active.pop();
  }
}

/** The function being written, if any. What goes wrong now is the author's line. */
export function building(): BuildContext | undefined {
  const context = active.at(-1);
  if (context) context.fn.here = captureOrigin();
  return context;
}

/** The function being written, for operations that only put values together. */
export function here(): BuildContext {
  const context = active.at(-1);
  const origin = captureOrigin();
  if (!context) {
    throw new BuildError(
      'BUILD_SCOPE',
      'This belongs inside the body of a program: write it in the callback of xdp(...) or tc(...).',
      origin.position,
    );
  }
  context.fn.here = origin;
  return context;
}

/** The same for operations that write instructions: control must be able to come here. */
export function enter(): BuildContext {
  const context = here();
  if (!context.fn.current) {
    context.fail(
      'BUILD_VERDICT',
      'Nothing can follow here: every way to this line has returned already. Remove it, or let one of the branches before it return nothing.',
    );
  }
  return context;
}
