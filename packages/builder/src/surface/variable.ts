import type { Layout, Scalar } from '@hookline/layout';
import type { Source, Value } from '../ir/operation.ts';
import { type BuildContext, enter, type Region } from './context.ts';
import { type AnyOperand, given, INTEGER_TYPES, IntegerHandle, READ, read, widthOf } from './integer.ts';
import { newArea } from './memory.ts';
import { placeOf } from './place.ts';
import type { Place, Source as Written } from './types.ts';
import { onStack } from './write.ts';

/** A number in a register. */
class NumberVariable extends IntegerHandle {
  readonly #context: BuildContext;
  readonly #value: Value;
  readonly #region: Region;

  constructor(context: BuildContext, layout: Scalar, initial: Source) {
    super(INTEGER_TYPES[layout.width]);
    this.#context = context;
    this.#value = context.copy(initial);
    this.#region = context.region;
  }

  #here(context: BuildContext): Value {
    if (context !== this.#context || !this.#region.encloses(context.region)) {
      context.fail('BUILD_SCOPE', 'This variable belongs to another function or branch: make it before the branch.');
    }
    return this.#value;
  }

  [READ](context: BuildContext): Value {
    return context.copy(this.#here(context));
  }

  set(value: AnyOperand): void {
    const context = enter();
    const own = this.#here(context);
    const source = read(context, value, this.type);
    context.effects++;
    context.assign(own, source);
  }

  add(by: AnyOperand): void {
    this.set(this.plus(by) as never);
  }

  exchange(value: AnyOperand): unknown {
    const context = enter();
    const before = this[READ](context);
    this.set(value);
    return given(context, before, widthOf(this.type));
  }

  fetchAdd(by: AnyOperand): unknown {
    const context = enter();
    const before = this[READ](context);
    this.add(by);
    return given(context, before, widthOf(this.type));
  }

  compareExchange(expected: AnyOperand, value: AnyOperand): unknown {
    const context = enter();
    const before = this[READ](context);
    const wanted = read(context, expected, this.type);
    const source = read(context, value, this.type);
    const { fn } = context;
    const done = fn.block();
    context.effects++;
    fn.require({ operator: 'eq', left: before, right: wanted }, done);
    context.assign(this.#value, source);
    fn.jump(done);
    fn.place(done);
    return given(context, before, widthOf(this.type));
  }
}

/** A variable of the program; `repeat` and branches may set it. */
export function variable<L extends Layout>(layout: L, initial: Written<NoInfer<L>>): Place<L> {
  const context = enter();
  if (layout.kind === 'scalar') {
    const source = read(context, initial as AnyOperand, INTEGER_TYPES[layout.width]);
    return new NumberVariable(context, layout, source) as unknown as Place<L>;
  }
  const region = context.region;
  const memory = layout.size === 0 ? newArea(context, 0) : onStack(context, layout, initial);
  return placeOf(
    {
      ...memory,
      check(now) {
        if (now !== context || !region.encloses(now.region)) {
          now.fail('BUILD_SCOPE', 'This variable belongs to another function or branch: make it before the branch.');
        }
      },
    },
    layout,
  );
}
