import type { Width } from '@hookline/layout';
import type { Block, Value } from '../ir/operation.ts';
import { type BuildContext, enter, here, type Made } from './context.ts';
import { type AnyOperand, computed, IntegerHandle, READ, read, widthOf } from './integer.ts';
import { missingMember } from './missing-member.ts';
import { endBody } from './outcome.ts';
import type { AnyVerdict, Maybe } from './types.ts';
import { isVerdict, leaveWith } from './verdict.ts';

/** How to look for something. */
export interface Search<T> {
  /** What both the found and the missing side may rely on; written before they part. */
  readonly prepare?: (context: BuildContext) => void;
  /** Goes on where it is found, to `miss` where it is not. */
  readonly probe: (context: BuildContext, miss: Block) => T;
}

const SEARCH: unique symbol = Symbol.for('hookline.search') as never;

class MaybeHandle<T> {
  readonly #context: BuildContext;
  readonly #search: Search<T>;
  readonly #made: Made;

  constructor(context: BuildContext, search: Search<T>) {
    this.#context = context;
    this.#search = search;
    this.#made = context.make(
      'this, which may be missing,',
      'look with .orReturn(verdict) or when(maybe, found => ...), or remove it.',
    );
  }

  [SEARCH](context: BuildContext): Search<T> {
    context.use(this.#made, this.#context);
    return this.#search;
  }

  orReturn(verdict: AnyVerdict | (() => AnyVerdict)): T {
    const context = enter();
    const { fn } = context;
    const origin = fn.here;
    const search = this[SEARCH](context);
    search.prepare?.(context);
    const miss = fn.block();
    const found = search.probe(context, miss);
    const resume = fn.current;
    const { generation } = context;
    context.effects++;
    if (typeof verdict === 'function') {
      fn.place(miss);
      const before = context.written.length;
      context.inside(() => {
        const result: unknown = verdict();
        fn.here = origin;
        endBody(context, result);
      });
      if (fn.current)
        context.fail('BUILD_VERDICT', 'The callback of orReturn must return a verdict, such as DROP or PASS.', origin);
      context.written.splice(before);
    } else {
      if (!isVerdict(verdict)) {
        context.fail('BUILD_VERDICT', 'orReturn takes a verdict, or a function that returns one: orReturn(PASS).');
      }
      fn.away(() => {
        fn.place(miss);
        leaveWith(context, verdict);
      });
    }
    fn.current = resume;
    context.generation = generation;
    fn.here = origin;
    return found;
  }

  or(fallback: AnyOperand): unknown {
    const context = enter();
    const { fn } = context;
    const search = this[SEARCH](context);
    search.prepare?.(context);
    const [miss, done] = [fn.block(), fn.block()];
    const result = fn.register();
    const found = context.inside(() => {
      const one: unknown = search.probe(context, miss);
      if (!(one instanceof IntegerHandle)) {
        return context.fail(
          'BUILD_VALUE',
          'Only a number has an alternative: use when(maybe, found => ...).otherwise(...).',
        );
      }
      context.assign(result, one[READ](context));
      return one;
    });
    fn.jump(done);
    fn.place(miss);
    context.assign(result, read(context, fallback, found.type));
    fn.jump(done);
    fn.place(done);
    return computed(context, result, widthOf(found.type) as Width);
  }

  [Symbol.toPrimitive](): never {
    return here().fail(
      'BUILD_VALUE',
      'This may be missing: look with .orReturn(verdict) or when(maybe, found => ...).',
    );
  }
}

Object.setPrototypeOf(
  MaybeHandle.prototype,
  missingMember(() => 'This may be missing and', 'look first with .orReturn(verdict) or when(maybe, found => ...)'),
);

export function maybe<T>(context: BuildContext, search: Search<T>): Maybe<T> {
  return new MaybeHandle(context, search) as unknown as Maybe<T>;
}

/** Something found through a pointer that is NULL where it is missing. */
export function maybeAt<T>(context: BuildContext, pointer: Value, found: (context: BuildContext) => T): Maybe<T> {
  return maybe(context, {
    probe: (now, miss) => {
      now.fn.refuse({ operator: 'eq', left: pointer, right: { kind: 'constant', value: 0n }, pointer: true }, miss);
      return found(now);
    },
  });
}

export function isMaybe(subject: unknown): subject is Maybe<unknown> {
  return typeof subject === 'object' && subject !== null && SEARCH in subject;
}

export function searchOf<T>(context: BuildContext, subject: Maybe<T>): Search<T> {
  return (subject as unknown as MaybeHandle<T>)[SEARCH](context);
}
