import type { Block, Operation, Value } from '../ir/operation.ts';
import type { Interval, Liveness } from './liveness.ts';

/** Where a value lives: in a register, or at a negative offset from r10. */
export type Home = { readonly register: number } | { readonly slot: number };

export interface Allocation {
  readonly homes: ReadonlyMap<Value, Home>;
  /** Bytes of stack, a multiple of 8. */
  readonly stack: number;
}

/** Calls leave these alone (RFC 9669 section 2.2). */
const SAVED = [6, 7, 8, 9];
/** Calls overwrite these; r0, r1 and r2 stay free for the steps of one operation. */
const UNSAVED = [3, 4, 5];

/** The first index from which on the predicate holds; it must not stop holding. */
function firstIndex<T>(list: readonly T[], holds: (entry: T) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = list[middle];
    if (entry !== undefined && holds(entry)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** What lives in one register, one after the other. */
class Tenancy {
  /** By their starts; no two overlap. */
  readonly #tenants: Interval[] = [];

  #indexFrom(position: number): number {
    return firstIndex(this.#tenants, (tenant) => tenant.end >= position);
  }

  isFree(interval: Interval): boolean {
    const next = this.#tenants[this.#indexFrom(interval.start)];
    return next === undefined || next.start > interval.end;
  }

  add(interval: Interval): void {
    this.#tenants.splice(this.#indexFrom(interval.start), 0, interval);
  }

  remove(interval: Interval): void {
    this.#tenants.splice(this.#indexFrom(interval.start), 1);
  }
}

/** Values that would like one register, because one is copied to or made from the other. */
function partnersOf(operations: Iterable<readonly Operation[]>): Map<Value, Value[]> {
  const partners = new Map<Value, Value[]>();
  const pair = (a: Value, b: Value): void => {
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const list = partners.get(one);
      if (list) list.push(other);
      else partners.set(one, [other]);
    }
  };
  for (const list of operations) {
    for (const operation of list) {
      if (operation.op === 'set' && operation.from.kind === 'register') pair(operation.to, operation.from);
      else if (operation.op === 'alu') pair(operation.to, operation.left);
      else if (operation.op === 'swap') pair(operation.to, operation.from);
    }
  }
  return partners;
}

/** Gives the busiest values registers, as long as no two that are needed at once share one. */
function chooseRegisters(liveness: Liveness, parameters: readonly Value[]): Map<Value, number> {
  const chosen = new Map<Value, number>();
  const tenancies = new Map([...SAVED, ...UNSAVED].map((register) => [register, new Tenancy()]));
  const partners = partnersOf(liveness.operations.values());
  const density = (interval: Interval): number => interval.weight / (interval.end - interval.start + 1);
  const candidates = liveness.intervals
    .filter((interval) => interval.value.kind === 'register')
    .sort((a, b) => density(b) - density(a) || a.value.id - b.value.id);
  const allowedFor = ({ value, start, end }: Interval): readonly number[] => {
    // Parameters arrive in r1 to r5, one of which another one may still be in.
    const call = liveness.calls[firstIndex(liveness.calls, (position) => position > start)];
    const unsaved = !parameters.includes(value) && (call === undefined || call > end);
    return unsaved ? [...UNSAVED, ...SAVED] : SAVED;
  };
  const isFree = (register: number, interval: Interval): boolean => tenancies.get(register)?.isFree(interval) ?? false;
  const wishes = ({ value }: Interval, allowed: readonly number[]): number[] =>
    (partners.get(value) ?? []).flatMap((partner) => chosen.get(partner) ?? []).filter((r) => allowed.includes(r));
  for (const interval of candidates) {
    const allowed = allowedFor(interval);
    const register = [...wishes(interval, allowed), ...allowed].find((r) => isFree(r, interval));
    if (register === undefined) continue;
    chosen.set(interval.value, register);
    tenancies.get(register)?.add(interval);
  }
  // The busiest came first and could not know where their partners would go: now some copies can still be saved.
  for (const interval of candidates) {
    const own = chosen.get(interval.value);
    if (own === undefined) continue;
    const wished = wishes(interval, allowedFor(interval));
    const register = wished.includes(own) ? own : wished.find((r) => isFree(r, interval));
    if (register === undefined || register === own) continue;
    tenancies.get(own)?.remove(interval);
    tenancies.get(register)?.add(interval);
    chosen.set(interval.value, register);
  }
  return chosen;
}

/** Registers for the busiest values, stack for the others and for all areas; stack is shared over time. */
export function allocate(liveness: Liveness, parameters: readonly Value[]): Allocation {
  const registers = chooseRegisters(liveness, parameters);
  const homes = new Map<Value, Home>();
  for (const [value, register] of registers) homes.set(value, { register });
  let active: { readonly end: number; readonly top: number; readonly bottom: number }[] = [];
  let stack = 0;
  const rest = liveness.intervals.filter(({ value }) => !registers.has(value)).sort((a, b) => a.start - b.start);
  for (const { value, start, end } of rest) {
    active = active.filter((other) => other.end >= start);
    // Tops and bottoms are bytes below r10, in their order: the first gap that is wide enough.
    let top = 0;
    let index = 0;
    for (const other of active) {
      if (other.top >= top + value.size) break;
      top = other.bottom;
      index++;
    }
    active.splice(index, 0, { end, top, bottom: top + value.size });
    stack = Math.max(stack, top + value.size);
    homes.set(value, { slot: -(top + value.size) });
  }
  return { homes, stack };
}

/** The area that takes most of the stack, for the error that says it does not suffice. */
export function largestArea(blocks: Iterable<Block>): Operation | undefined {
  let largest: Operation | undefined;
  let size = 0;
  for (const block of blocks) {
    for (const operation of block.operations) {
      if (operation.op !== 'reserve' || operation.area.size <= size) continue;
      largest = operation;
      size = operation.area.size;
    }
  }
  return largest;
}
