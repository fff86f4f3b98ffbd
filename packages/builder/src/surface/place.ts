import type { AnyLayout, ArrayLayout, Bits, Layout, Scalar, Struct } from '@hookline/layout';
import type { Value } from '../ir/operation.ts';
import { type BuildContext, enter, here, type Made } from './context.ts';
import { type AnyOperand, given, INTEGER_TYPES, IntegerHandle, READ, read, readValue } from './integer.ts';
import { maybe } from './maybe.ts';
import { at, loadScalar, type Memory, noteWrite, requireFresh, storeScalar } from './memory.ts';
import { missingMember } from './missing-member.ts';
import { bytesPlace, textPlace } from './text.ts';
import type { Maybe, Place } from './types.ts';
import { writeBits } from './write.ts';

/** A number in memory. */
class ScalarPlace extends IntegerHandle {
  readonly #memory: Memory;
  readonly #layout: Scalar;

  constructor(memory: Memory, layout: Scalar) {
    super(INTEGER_TYPES[layout.width]);
    this.#memory = memory;
    this.#layout = layout;
  }

  #locate(context: BuildContext): Memory {
    this.#memory.check(context);
    return this.#memory;
  }

  [READ](context: BuildContext): Value {
    const memory = this.#locate(context);
    requireFresh(context, memory, this.#layout.size);
    return loadScalar(context, memory, this.#layout);
  }

  /** What is there now, for those who change it in place. */
  #now(context: BuildContext): Value {
    return loadScalar(context, this.#locate(context), this.#layout);
  }

  set(value: AnyOperand): void {
    const context = enter();
    const memory = this.#locate(context);
    const source = read(context, value, this.type);
    context.effects++;
    storeScalar(context, memory, this.#layout, source);
    noteWrite(context, memory, this.#layout.size);
  }

  add(by: AnyOperand): void {
    const context = enter();
    if (this.#memory.sharing === 'own') {
      this.set(given(context, this.#now(context), this.#layout.width).plus(by as never) as never);
      return;
    }
    const memory = this.#atomicPlace(context);
    const from = read(context, by, this.type);
    context.effects++;
    context.fn.emit({
      op: 'atomic',
      operator: 'add',
      bytes: this.#size(),
      base: memory.base,
      offset: memory.offset,
      from,
    });
    noteWrite(context, memory, this.#layout.size);
  }

  /** Atomic operations are for aligned words of 4 or 8 bytes in the host's order (kernel/bpf/verifier.c check_atomic). */
  #atomicPlace(context: BuildContext): Memory {
    const memory = this.#locate(context);
    const { size, order } = this.#layout;
    if (size < 4 || order === 'network' || memory.alignment % size !== 0 || memory.offset % size !== 0) {
      context.fail(
        'BUILD_VALUE',
        'Other CPUs write this number too, and it has no atomic operations: make it an aligned u32 or u64 in host order, or use a per-CPU map.',
      );
    }
    return memory;
  }

  #size(): 4 | 8 {
    return this.#layout.size === 8 ? 8 : 4;
  }

  #fetch(operator: 'exchange' | 'fetchAdd' | 'compareExchange', value: AnyOperand, expected?: AnyOperand): unknown {
    const context = enter();
    const own = this.#memory.sharing === 'own';
    const memory = own ? this.#locate(context) : this.#atomicPlace(context);
    const from = readValue(context, value, this.type);
    const wanted = expected === undefined ? undefined : readValue(context, expected, this.type);
    const { width } = this.#layout;
    // It gives a value, so it may stand among the arguments of `elseWhen`.
    const { effects } = context;
    noteWrite(context, memory, this.#layout.size);
    if (!own) {
      const to = context.fn.register();
      const { base, offset } = memory;
      context.fn.emit({
        op: 'atomic',
        operator,
        bytes: this.#size(),
        base,
        offset,
        from,
        to,
        ...(wanted ? { expected: wanted } : {}),
      });
      return given(context, to, width);
    }
    const before = loadScalar(context, memory, this.#layout);
    if (wanted) {
      const { fn } = context;
      const [same, done] = [fn.block(), fn.block()];
      fn.branch({ operator: 'eq', left: before, right: wanted }, same, done);
      fn.place(same);
      storeScalar(context, memory, this.#layout, from);
      fn.jump(done);
      fn.place(done);
    } else if (operator === 'fetchAdd') {
      this.set(given(context, before, width).plus(value as never) as never);
    } else storeScalar(context, memory, this.#layout, from);
    context.effects = effects;
    return given(context, before, width);
  }

  exchange(value: AnyOperand): unknown {
    return this.#fetch('exchange', value);
  }
  fetchAdd(by: AnyOperand): unknown {
    return this.#fetch('fetchAdd', by);
  }
  compareExchange(expected: AnyOperand, value: AnyOperand): unknown {
    return this.#fetch('compareExchange', value, expected);
  }
}

/** Some bits of a number in memory. */
class BitsHandle extends IntegerHandle {
  readonly #memory: Memory;
  readonly #layout: Bits;

  constructor(memory: Memory, layout: Bits) {
    super(INTEGER_TYPES[layout.unit.width]);
    this.#memory = memory;
    this.#layout = layout;
  }

  [READ](context: BuildContext): Value {
    this.#memory.check(context);
    const { unit, shift, width } = this.#layout;
    requireFresh(context, this.#memory, unit.size, this.#layout);
    const bits = unit.size === 8 ? 64 : 32;
    const whole = loadScalar(context, this.#memory, unit);
    const shifted = shift === 0 ? whole : context.compute('rsh', bits, whole, shift);
    return shift + width === unit.size * 8
      ? shifted
      : context.compute('and', bits, shifted, (1n << BigInt(width)) - 1n);
  }

  set(value: AnyOperand): void {
    const context = enter();
    this.#memory.check(context);
    context.effects++;
    writeBits(context, this.#memory, this.#layout, value);
    noteWrite(context, this.#memory, this.#layout.unit.size, this.#layout);
  }
}

const UNUSED_FIELD = 'compare it with .eq, use it in an expression, or remove it; `===` cannot see packet values.';

/** A field that was looked up and then left alone is most likely compared with `===`. */
function watched(context: BuildContext, memory: Memory, name: string): Memory {
  const made: Made = context.make(`the field ${name}`, UNUSED_FIELD);
  return {
    ...memory,
    looked: { name, writes: context.writes },
    check(now) {
      now.use(made, context);
      memory.check(now);
    },
  };
}

/** What the places of a layout inherit, by layout. */
const ENDS = new WeakMap<Struct, object>();

function endOf(layout: Struct): object {
  const known = ENDS.get(layout) ?? missingMember(() => `The struct ${layout.name}`);
  ENDS.set(layout, known);
  return known;
}

/** Gives an object a property for each field. They are not enumerable: to spread a place would read nothing. */
export function defineFields(target: object, memory: Memory, layout: Struct): void {
  Object.setPrototypeOf(target, endOf(layout));
  for (const [name, field] of Object.entries<AnyLayout>(layout.fields)) {
    Object.defineProperty(target, name, {
      get: () => {
        const context = here();
        const place = at(memory, layout.offsets[name] ?? 0);
        return placeOf(
          field.kind === 'struct' || field.kind === 'array' ? place : watched(context, place, name),
          field,
        );
      },
      set: () =>
        here().fail(
          'BUILD_VALUE',
          `A field is no JavaScript variable: write .${name}.set(value), or rewrite({ ${name} }) to mend checksums.`,
        ),
    });
  }
}

function arrayPlace(memory: Memory, layout: ArrayLayout): { readonly length: number; at(index: AnyOperand): unknown } {
  const element = (where: Memory): unknown => placeOf(where, layout.element);
  return {
    length: layout.length,
    at(index) {
      const context = enter();
      if (typeof index !== 'number') return elementAt(context, memory, layout, index);
      if (!Number.isInteger(index) || index < 0 || index >= layout.length) {
        context.fail('BUILD_VALUE', `There is no element ${index}: give 0 to ${layout.length - 1}.`);
      }
      return element(at(memory, index * layout.stride));
    },
  };
}

/** An element by an index that only the packet knows. */
function elementAt(context: BuildContext, memory: Memory, layout: ArrayLayout, index: AnyOperand): Maybe<unknown> {
  const position = readValue(context, index, INTEGER_TYPES.u32);
  return maybe(context, {
    probe: (now, miss) => {
      memory.check(now);
      const { fn } = now;
      fn.refuse({ operator: 'ge', left: position, right: { kind: 'constant', value: BigInt(layout.length) } }, miss);
      // Older verifiers do not carry the comparison over to a value that was on the stack: bound it once more.
      const mask = 2 ** Math.ceil(Math.log2(Math.max(2, layout.length))) - 1;
      const bounded = now.compute('and', 64, position, mask);
      const [inside, clamp] = [fn.block(), fn.block()];
      const safe = now.copy(bounded);
      fn.branch(
        { operator: 'lt', left: safe, right: { kind: 'constant', value: BigInt(layout.length) } },
        inside,
        clamp,
      );
      fn.place(clamp);
      now.assign(safe, 0);
      fn.jump(inside);
      fn.place(inside);
      const start: Value =
        memory.base.kind === 'memory' ? now.copy({ kind: 'address', area: memory.base, offset: 0 }) : memory.base;
      const base = now.compute('add', 64, start, now.compute('mul', 64, safe, layout.stride));
      return placeOf({ ...memory, base }, layout.element);
    },
  });
}

/** A layout found in memory, for the author. */
export function placeOf<L extends Layout>(memory: Memory, layout: L): Place<L> {
  return makePlace(memory, layout) as Place<L>;
}

function makePlace(memory: Memory, layout: AnyLayout): unknown {
  switch (layout.kind) {
    case 'scalar':
      return new ScalarPlace(memory, layout);
    case 'bits':
      return new BitsHandle(memory, layout);
    case 'text':
      return textPlace(memory, layout);
    case 'bytes':
      return bytesPlace(memory, layout.size);
    case 'array':
      return arrayPlace(memory, layout);
    case 'struct': {
      const place = {};
      defineFields(place, memory, layout);
      return place;
    }
  }
}
