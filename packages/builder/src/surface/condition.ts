import type { Block, Test } from '../ir/operation.ts';
import { type BuildContext, here, type Made } from './context.ts';
import { missingMember } from './missing-member.ts';
import type { PacketCondition } from './types.ts';

/** What a condition asks. Its operands were computed when it was made; the comparison happens where it is used. */
export type Question =
  | { readonly kind: 'test'; readonly test: Test }
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Question[] }
  | { readonly kind: 'not'; readonly part: Question }
  | { readonly kind: 'known'; readonly value: boolean };

const ASK: unique symbol = Symbol.for('hookline.ask') as never;

export const NO_PRIMITIVE =
  'A packet value has no number while the program is being built: compare with .eq, .lt, .gt, ... and compute with .plus, .minus, ...';

class ConditionHandle {
  readonly #context: BuildContext;
  readonly #question: Question;
  readonly #made: Made;

  constructor(context: BuildContext, question: Question) {
    this.#context = context;
    this.#question = question;
    this.#made = context.make(
      'this condition',
      'write when(condition, () => ...) or select(type, condition, a, b); `!`, `===`, `&&` and `if` cannot see it.',
    );
  }

  [ASK](context: BuildContext): Question {
    context.use(this.#made, this.#context);
    return this.#question;
  }

  and(other: PacketCondition): PacketCondition {
    return combine('all', this, other);
  }

  or(other: PacketCondition): PacketCondition {
    return combine('any', this, other);
  }

  not(): PacketCondition {
    const context = here();
    return condition(context, { kind: 'not', part: this[ASK](context) });
  }

  [Symbol.toPrimitive](): never {
    return here().fail(
      'BUILD_VALUE',
      'A packet condition is neither true nor false while the program is being built: write when(condition, () => ...).',
    );
  }
}

Object.setPrototypeOf(
  ConditionHandle.prototype,
  missingMember(() => 'A condition'),
);

/** The types hold `then`, which exists for TypeScript's eyes only. */
export function condition(context: BuildContext, question: Question): PacketCondition {
  return new ConditionHandle(context, question) as unknown as PacketCondition;
}

function combine(kind: 'all' | 'any', one: ConditionHandle, other: PacketCondition): PacketCondition {
  const context = here();
  const flat = (question: Question): readonly Question[] => (question.kind === kind ? question.parts : [question]);
  // A chain of hundreds stays one level deep.
  return condition(context, { kind, parts: [...flat(one[ASK](context)), ...flat(ask(context, other))] });
}

export function isCondition(subject: unknown): subject is PacketCondition {
  return typeof subject === 'object' && subject !== null && ASK in subject;
}

/** What a condition asks, which counts as its use. */
export function ask(context: BuildContext, subject: PacketCondition): Question {
  if (!isCondition(subject)) {
    context.fail('BUILD_VALUE', `${typeof subject} is no packet condition: compare values with .eq, .lt, .in, ...`);
  }
  return (subject as unknown as ConditionHandle)[ASK](context);
}

/** Goes to `yes` or to `no`; no block is current after it. */
function decide(context: BuildContext, question: Question, yes: Block, no: Block): void {
  const { fn } = context;
  switch (question.kind) {
    case 'known':
      fn.jump(question.value ? yes : no);
      return;
    case 'not':
      decide(context, question.part, no, yes);
      return;
    case 'test':
      fn.branch(question.test, yes, no);
      return;
    default: {
      const { kind, parts } = question;
      parts.forEach((part, i) => {
        const last = i === parts.length - 1;
        const next = last ? undefined : fn.block();
        if (kind === 'all') decide(context, part, next ?? yes, no);
        else decide(context, part, yes, next ?? no);
        if (next) fn.place(next);
      });
      if (parts.length === 0) fn.jump(kind === 'all' ? yes : no);
    }
  }
}

/** Goes on where the answer is yes, to `miss` where it is no. */
export function demand(context: BuildContext, question: Question, miss: Block): void {
  const yes = context.fn.block();
  decide(context, question, yes, miss);
  context.fn.place(yes);
}
