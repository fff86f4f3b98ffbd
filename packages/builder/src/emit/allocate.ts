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

function overlap(a: Interval, b: Interval): boolean {
  return a.start <= b.end && b.start <= a.end;
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
  const taken = new Map<number, Interval[]>([...SAVED, ...UNSAVED].map((register) => [register, []]));
  const partners = partnersOf(liveness.operations.values());
  const density = (interval: Interval): number => interval.weight / (interval.end - interval.start + 1);
  const candidates = liveness.intervals
    .filter((interval) => interval.value.kind === 'register')
    .sort((a, b) => density(b) - density(a) || a.value.id - b.value.id);
  const allowedFor = ({ value, start, end }: Interval): readonly number[] => {
    // Parameters arrive in r1 to r5, one of which another one may still be in.
    const unsaved = !parameters.includes(value) && !liveness.calls.some((call) => start < call && call <= end);
    return unsaved ? [...UNSAVED, ...SAVED] : SAVED;
  };
  const isFree = (register: number, interval: Interval): boolean =>
    !taken.get(register)?.some((other) => other !== interval && overlap(interval, other));
  const wishes = ({ value }: Interval, allowed: readonly number[]): number[] =>
    (partners.get(value) ?? []).flatMap((partner) => chosen.get(partner) ?? []).filter((r) => allowed.includes(r));
  for (const interval of candidates) {
    const allowed = allowedFor(interval);
    const register = [...wishes(interval, allowed), ...allowed].find((r) => isFree(r, interval));
    if (register === undefined) continue;
    chosen.set(interval.value, register);
    taken.get(register)?.push(interval);
  }
  // The busiest came first and could not know where their partners would go: now some copies can still be saved.
  for (const interval of candidates) {
    const own = chosen.get(interval.value);
    if (own === undefined) continue;
    const wished = wishes(interval, allowedFor(interval));
    const register = wished.includes(own) ? own : wished.find((r) => isFree(r, interval));
    if (register === undefined || register === own) continue;
    taken.get(own)?.splice(taken.get(own)?.indexOf(interval) ?? 0, 1);
    taken.get(register)?.push(interval);
    chosen.set(interval.value, register);
  }
  return chosen;
}

/** Registers for the busiest values, stack for the others and for all areas; stack is shared over time. */
export function allocate(liveness: Liveness, parameters: readonly Value[]): Allocation {
  const registers = chooseRegisters(liveness, parameters);
  const homes = new Map<Value, Home>();
  for (const [value, register] of registers) homes.set(value, { register });
  const placed: { readonly interval: Interval; readonly top: number; readonly bottom: number }[] = [];
  let stack = 0;
  const rest = liveness.intervals.filter(({ value }) => !registers.has(value)).sort((a, b) => a.start - b.start);
  for (const interval of rest) {
    const { size } = interval.value;
    const busy = placed.filter((other) => overlap(interval, other.interval)).sort((a, b) => a.top - b.top);
    // Tops and bottoms are bytes below r10: the first gap that is wide enough.
    let top = 0;
    for (const other of busy) {
      if (other.top >= top + size) break;
      top = Math.max(top, other.bottom);
    }
    placed.push({ interval, top, bottom: top + size });
    stack = Math.max(stack, top + size);
    homes.set(interval.value, { slot: -(top + size) });
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
