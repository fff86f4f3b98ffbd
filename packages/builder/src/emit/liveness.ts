import { type Block, isValue, type Operation, type Source, type Value } from '../ir/operation.ts';
import { successors } from './reach.ts';

function* usedBySource(source: Source): Iterable<Value> {
  if (isValue(source)) yield source;
  else if (source.kind === 'address') yield source.area;
}

/** The values that an operation reads. */
export function* usedBy(operation: Operation): Iterable<Value> {
  switch (operation.op) {
    case 'set':
      yield* usedBySource(operation.from);
      return;
    case 'alu':
      yield operation.left;
      yield* usedBySource(operation.right);
      return;
    case 'swap':
      yield operation.from;
      return;
    case 'load':
      yield operation.base;
      return;
    case 'store':
      yield operation.base;
      yield* usedBySource(operation.from);
      return;
    case 'atomic':
      yield operation.base;
      yield* usedBySource(operation.from);
      if (operation.expected) yield* usedBySource(operation.expected);
      return;
    case 'call':
      for (const parameter of operation.parameters) yield* usedBySource(parameter);
      return;
    case 'reserve':
      return;
  }
}

/** The values that a block's end reads. */
export function usedAtEnd(block: Block): Value[] {
  const end = block.terminator;
  if (end?.op === 'branch') return [end.test.left, ...usedBySource(end.test.right)];
  if (end?.op === 'return') return [...usedBySource(end.value)];
  return [];
}

function definedBy(operation: Operation): Value | undefined {
  if (operation.op === 'reserve') return operation.area;
  return 'to' in operation ? operation.to : undefined;
}

/** Whether an operation does nothing but write one value or one area: without a reader it may go. */
function written(operation: Operation): Value | undefined {
  if (operation.op === 'store') return operation.base.kind === 'memory' ? operation.base : undefined;
  return operation.op === 'atomic' || operation.op === 'call' ? undefined : definedBy(operation);
}

/** From where to where a value is needed, in positions of `linearise`; both ends belong to it. */
export interface Interval {
  readonly value: Value;
  start: number;
  end: number;
  /** Reads and writes, those in loops counted tenfold for each loop. */
  weight: number;
}

export interface Liveness {
  readonly intervals: readonly Interval[];
  /** Without those whose results nobody reads. */
  readonly operations: ReadonlyMap<Block, readonly Operation[]>;
  /** Positions of the calls: registers r0 to r5 are lost there. */
  readonly calls: readonly number[];
}

/** A call or an atomic operation for its effect alone. Some helpers have no result: r0 cannot even be read then. */
function withoutResult(operation: Operation): Operation {
  if (operation.op !== 'call' && operation.op !== 'atomic') return operation;
  const { to: _, ...rest } = operation;
  return rest;
}

/** Goes backwards through a block; `live` holds what is needed after it and in the end what is needed before it. */
function walkBack(block: Block, live: Set<Value>, keep?: (operation: Operation) => void): void {
  for (const value of usedAtEnd(block)) live.add(value);
  for (const operation of block.operations.toReversed()) {
    const only = written(operation);
    if (only && !live.has(only)) continue;
    const defined = definedBy(operation);
    const wanted = !defined || live.delete(defined);
    for (const value of usedBy(operation)) live.add(value);
    keep?.(wanted ? operation : withoutResult(operation));
  }
}

function liveAtEntries(blocks: readonly Block[]): Map<Block, Set<Value>> {
  const entries = new Map<Block, Set<Value>>(blocks.map((block) => [block, new Set<Value>()]));
  const backwards = blocks.toReversed();
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of backwards) {
      const live = liveAtExit(block, entries);
      walkBack(block, live);
      const before = entries.get(block);
      if (before && live.size !== before.size) {
        entries.set(block, live);
        changed = true;
      }
    }
  }
  return entries;
}

function liveAtExit(block: Block, entries: ReadonlyMap<Block, ReadonlySet<Value>>): Set<Value> {
  const live = new Set<Value>();
  for (const next of successors(block)) {
    for (const value of entries.get(next) ?? []) live.add(value);
  }
  return live;
}

/**
 * Which values are needed where, over the blocks in the order of their layout. Each operation has two positions: at the
 * even one it reads, at the odd one after it writes, so a result may take the place of an operand.
 *
 * An interval is one piece: it also covers the gaps in which its value is not needed.
 */
export function findLiveness(blocks: readonly Block[]): Liveness {
  const entries = liveAtEntries(blocks);
  const intervals = new Map<Value, Interval>();
  const operations = new Map<Block, readonly Operation[]>();
  const calls: number[] = [];
  const touch = (value: Value, position: number, weight: number): void => {
    const interval = intervals.get(value);
    if (!interval) {
      intervals.set(value, { value, start: position, end: position, weight });
      return;
    }
    interval.start = Math.min(interval.start, position);
    interval.end = Math.max(interval.end, position);
    interval.weight += weight;
  };
  let position = 2;
  for (const block of blocks) {
    const kept: Operation[] = [];
    const exit = liveAtExit(block, entries);
    walkBack(block, new Set(exit), (operation) => kept.push(operation));
    kept.reverse();
    operations.set(block, kept);
    const weight = 10 ** Math.min(block.depth, 4);
    for (const value of entries.get(block) ?? []) touch(value, position, 0);
    for (const operation of kept) {
      for (const value of usedBy(operation)) touch(value, position, weight);
      if (operation.op === 'call') calls.push(position);
      const defined = definedBy(operation);
      if (defined) touch(defined, position + 1, weight);
      position += 2;
    }
    for (const value of usedAtEnd(block)) touch(value, position, weight);
    for (const value of exit) touch(value, position, 0);
    position += 2;
  }
  return { intervals: [...intervals.values()], operations, calls };
}
