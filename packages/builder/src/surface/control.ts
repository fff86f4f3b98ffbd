import type { Scalar, Width } from '@hookline/layout';
import type { Block, Terminator } from '../ir/operation.ts';
import { constant } from '../ir/operation.ts';
import { ask, demand, isCondition } from './condition.ts';
import { type BuildContext, enter, here, type Region, type Written } from './context.ts';
import { computed, given, INTEGER_TYPES, read } from './integer.ts';
import { isMaybe, searchOf } from './maybe.ts';
import { endBody, requireCallback } from './outcome.ts';
import type { AnyVerdict, Branch, Exit, Found, Maybe, Operand, PacketCondition, Uint } from './types.ts';
import { ENDED } from './verdict.ts';

type Subject = PacketCondition | Maybe<unknown>;

/**
 * A branch whose other side is still open. What follows is written behind it; if `otherwise` or `elseWhen` come after
 * all, what was written since (their own arguments) belongs to the other side alone: the ends of the sides that are
 * there are then sent to a later block.
 */
class BranchHandle {
  readonly kind = 'branch';
  readonly #context: BuildContext;
  readonly #region: Region;
  readonly #generation: number;
  /** Open ends of the sides that are written, each with the state of the packet there. */
  readonly #ends: { readonly block: Block; readonly generation: number }[] = [];
  /** What was written before the branch, by its end in the list. */
  readonly #before: number;
  /** What its sides have written that go on behind it. */
  readonly #sides: Written[] = [];
  #effects = 0;
  #memory = 0;
  #made = 0;

  constructor(context: BuildContext) {
    this.#context = context;
    this.#region = context.region;
    this.#generation = context.generation;
    this.#before = context.written.length;
  }

  /** Writes one side, and leaves the other one open. */
  side(subject: Subject, body: (found: never) => unknown): this {
    const context = this.#context;
    const { fn } = context;
    const origin = fn.here;
    requireCallback(context, 'when', body);
    const miss = fn.block();
    const probe = prepared(context, subject);
    context.inside(() => {
      const found = probe(miss);
      const result = body(found as never);
      fn.here = origin;
      endBody(context, result);
    });
    this.#close();
    fn.place(miss);
    context.generation = this.#generation;
    this.#open();
    return this;
  }

  /** The end of a side, if control reaches it. */
  #close(): void {
    const { fn, generation } = this.#context;
    const written = this.#context.written.splice(this.#before);
    if (fn.current) {
      this.#ends.push({ block: fn.current, generation });
      this.#sides.push(...written);
    }
    fn.current = undefined;
  }

  /** Continues behind the branch: the open ends and the side that is not written yet meet. */
  #open(): void {
    const context = this.#context;
    const { fn } = context;
    const join = fn.block();
    fn.jump(join);
    this.#sendTo(join);
    fn.place(join);
    context.written.push(...this.#sides);
    context.join([...this.#ends.map((end) => end.generation), this.#generation]);
    context.effects++;
    this.#effects = context.effects;
    this.#memory = this.#region.memory.length;
    this.#made = context.made.length;
  }

  #sendTo(join: Block): void {
    for (const { block } of this.#ends) {
      const jump: Terminator = { op: 'jump', target: join, origin: this.#context.fn.here };
      block.terminator = jump;
    }
  }

  /** Takes back what was written since: it belongs to the other side. */
  #reopen(name: string): void {
    const context = this.#context;
    if (
      here() !== context ||
      context.region !== this.#region ||
      context.effects !== this.#effects ||
      !context.fn.current
    ) {
      context.fail('BUILD_CONTROL', `${name} must follow directly: write when(...).${name}(...).`);
    }
    context.generation = this.#generation;
    context.written.splice(this.#before);
  }

  /** Runs the other side, to which also belongs what was made and parsed for its arguments. */
  #otherSide(run: () => void): void {
    const context = this.#context;
    const parsed = this.#region.memory.splice(this.#memory);
    const made = context.made.slice(this.#made);
    context.inside(() => {
      context.region.memory.push(...parsed);
      for (const one of made) if (one.region === this.#region) one.region = context.region;
      run();
    });
  }

  otherwise(body: () => unknown): AnyVerdict | undefined {
    const context = this.#context;
    const { fn } = context;
    this.#reopen('otherwise');
    requireCallback(context, 'otherwise', body);
    const origin = fn.here;
    this.#otherSide(() => {
      const result = body();
      fn.here = origin;
      endBody(context, result);
    });
    this.#close();
    context.effects++;
    if (this.#ends.length === 0) return ENDED;
    context.written.push(...this.#sides);
    const join = fn.block();
    this.#sendTo(join);
    fn.place(join);
    context.join(this.#ends.map((end) => end.generation));
    return undefined;
  }

  elseWhen(subject: Subject, body: (found: never) => unknown): this {
    const context = this.#context;
    const { fn } = context;
    this.#reopen('elseWhen');
    requireCallback(context, 'elseWhen', body);
    const origin = fn.here;
    const miss = fn.block();
    this.#otherSide(() => {
      const probe = prepared(context, subject);
      context.inside(() => {
        const found = probe(miss);
        const result = body(found as never);
        fn.here = origin;
        endBody(context, result);
      });
    });
    this.#close();
    fn.place(miss);
    context.generation = this.#generation;
    this.#open();
    return this;
  }
}

/** Writes what both sides rely on; the result goes on where the subject holds or is found. */
function prepared(context: BuildContext, subject: Subject): (miss: Block) => unknown {
  if (isCondition(subject)) {
    const question = ask(context, subject);
    return (miss) => demand(context, question, miss);
  }
  if (!isMaybe(subject)) {
    context.fail(
      'BUILD_VALUE',
      'when takes a packet condition or something that may be missing; a JavaScript value is known now: use if.',
    );
  }
  const search = searchOf(context, subject);
  search.prepare?.(context);
  return (miss) => search.probe(context, miss);
}

/**
 * Runs the body where the condition holds, or where the thing is found. A body that returns a verdict ends the program;
 * one that returns nothing falls through.
 */
export function when<S extends Subject, R extends Exit>(subject: S, body: (found: Found<S>) => R): Branch<R> {
  const context = enter();
  return new BranchHandle(context).side(subject, body as (found: never) => unknown) as unknown as Branch<R>;
}

/** One of two values; both are computed. Between verdicts, `return when(...).otherwise(...)` does the same. */
export function select<W extends Width>(
  type: Scalar<W>,
  condition: PacketCondition,
  yes: Operand<NoInfer<W>>,
  no: Operand<NoInfer<W>>,
): Uint<W> {
  const context = enter();
  const { fn } = context;
  const integer = INTEGER_TYPES[type.width];
  const question = ask(context, condition);
  const first = read(context, yes, integer);
  const second = read(context, no, integer);
  const result = context.copy(first);
  const [miss, done] = [fn.block(), fn.block()];
  demand(context, question, miss);
  fn.jump(done);
  fn.place(miss);
  context.assign(result, second);
  fn.jump(done);
  fn.place(done);
  return computed(context, result, type.width);
}

const MOST_ROUNDS = 100_000;

/**
 * Runs the body at most this many times; a JavaScript `for` writes it out instead. Return `STOP` to leave the loop, a
 * verdict to leave the program. The verifier follows every round, so that rounds times instructions must stay below one
 * million.
 */
export function repeat(atMost: number, body: (round: Uint<'u32'>) => Exit): void {
  const context = enter();
  const { fn } = context;
  const origin = fn.here;
  if (typeof atMost !== 'number') {
    context.fail(
      'BUILD_VALUE',
      "repeat takes a number that is known now: give the most rounds there can be, and return STOP at the packet's own bound.",
    );
  }
  if (!Number.isInteger(atMost) || atMost < 1 || atMost > MOST_ROUNDS) {
    context.fail('BUILD_VALUE', `repeat(${atMost}): give a whole number of rounds, 1 to ${MOST_ROUNDS}.`);
  }
  requireCallback(context, 'repeat', body);
  const round = context.copy(constant(0));
  const { generation } = context;
  fn.depth++;
  const [head, next] = [fn.block(), fn.block()];
  fn.depth--;
  const end = fn.block();
  fn.depth++;
  context.effects++;
  fn.jump(head);
  fn.place(head);
  fn.refuse({ operator: 'ge', left: round, right: constant(atMost) }, end);
  context.inside(() => {
    const result: unknown = body(given(context, context.copy(round), 'u32'));
    fn.here = origin;
    endBody(context, result);
    if (context.generation !== generation) {
      context.fail(
        'BUILD_MOVED',
        'The packet moves inside a loop, where headers from before it could not be told from later ones: move it before or after the loop, or write the loop out with for.',
      );
    }
  }, end);
  fn.jump(next);
  fn.place(next);
  context.assign(round, context.compute('add', 64, round, 1));
  fn.jump(head);
  fn.depth--;
  fn.place(end);
  context.generation = generation;
}
