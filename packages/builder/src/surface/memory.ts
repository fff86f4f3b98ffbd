import type { Sharing } from '@hookline/bpf';
import type { Scalar } from '@hookline/layout';
import { constant, type Source, type Value } from '../ir/operation.ts';
import { swapBytes } from '../ir/swap-bytes.ts';
import type { BuildContext, Written } from './context.ts';
import { INTEGER_TYPES, narrow } from './integer.ts';

/** A place in memory that a program has found. */
export interface Memory {
  /** A pointer, or an area of the stack. */
  readonly base: Value;
  readonly offset: number;
  /** What the address is certainly a multiple of, as far as the base is concerned. */
  readonly alignment: number;
  readonly sharing: Sharing;
  /** For a field that the author looked up: its name, and how much had been written by then. */
  readonly looked?: { readonly name: string; writes: number };
  /** Fails where the place does not exist (any more), and counts as a use of it. */
  check(context: BuildContext): void;
}

export function at(memory: Memory, offset: number): Memory {
  return { ...memory, offset: memory.offset + offset };
}

type BitRange = Written['bits'];

/** Remembers that bytes are written; whoever looked the place up and writes it has seen it. */
export function noteWrite(context: BuildContext, memory: Memory, size: number, bits?: BitRange): void {
  const { base, offset, looked } = memory;
  const order = ++context.writes;
  context.written.push({ base, offset, end: offset + size, bits, order, origin: context.fn.here });
  if (looked) looked.writes = order;
}

function overlap(one: Written, offset: number, size: number, bits: BitRange): boolean {
  if (one.end <= offset || offset + size <= one.offset) return false;
  if (!one.bits || !bits || one.offset !== offset) return true;
  return one.bits.shift < bits.shift + bits.width && bits.shift < one.bits.shift + one.bits.width;
}

/**
 * Fails where a field was written through another handle since it was looked up: `const source = outer.source;
 * outer.source.set(...); other.set(source)` reads as if it took the old value, and takes the new one.
 */
export function requireFresh(context: BuildContext, memory: Memory, size: number, bits?: BitRange): void {
  const { base, offset, looked } = memory;
  if (!looked) return;
  const later = context.written.find(
    (one) => one.order > looked.writes && one.base === base && overlap(one, offset, size, bits),
  );
  if (!later) return;
  const line = later.origin.position ? ` in line ${later.origin.position.line}` : '';
  context.fail(
    'BUILD_STALE',
    `The field ${looked.name} was written${line}, after it was looked up: look it up again for what it is now, or keep what it was with .copy() before.`,
  );
}

type Bytes = 1 | 2 | 4 | 8;

interface Piece {
  readonly offset: number;
  readonly bytes: Bytes;
}

/**
 * The widest pieces in which all of these places can be accessed. Accesses to the stack must be aligned
 * (kernel/bpf/verifier.c check_ptr_alignment); others need not be.
 */
export function piecesOf(size: number, ...memories: readonly Memory[]): Piece[] {
  const strict = memories.filter((memory) => memory.base.kind === 'memory');
  const pieces: Piece[] = [];
  for (let offset = 0; offset < size; ) {
    const fits = (n: number): boolean => n <= size - offset && strict.every((one) => (one.offset + offset) % n === 0);
    const bytes = ([8, 4, 2, 1] as const).find(fits) ?? 1;
    pieces.push({ offset, bytes });
    offset += bytes;
  }
  return pieces;
}

/** Bytes of memory as a little-endian number. */
function loadRaw(context: BuildContext, memory: Memory, size: Bytes): Value {
  const parts = piecesOf(size, memory);
  let whole: Value | undefined;
  for (const part of parts) {
    const loaded = context.load(memory.base, memory.offset + part.offset, part.bytes);
    const shifted = part.offset === 0 ? loaded : context.compute('lsh', 64, loaded, part.offset * 8);
    whole = whole ? context.compute('or', 64, whole, shifted) : shifted;
  }
  return whole ?? context.copy(constant(0));
}

function storeRaw(context: BuildContext, memory: Memory, size: Bytes, from: Source): void {
  for (const { offset, bytes } of piecesOf(size, memory)) {
    const part: Source =
      offset === 0
        ? from
        : from.kind === 'constant'
          ? constant(BigInt.asUintN(64, from.value) >> BigInt(offset * 8))
          : from.kind === 'register'
            ? context.compute('rsh', 64, from, offset * 8)
            : from;
    const cut = part.kind === 'constant' ? constant(BigInt.asUintN(bytes * 8, part.value)) : part;
    context.fn.emit({ op: 'store', base: memory.base, offset: memory.offset + offset, bytes, from: cut });
  }
}

/** The number at this place, extended to 64 bits by its sign. */
export function loadScalar(context: BuildContext, memory: Memory, layout: Scalar): Value {
  const size = layout.size as Bytes;
  const raw = loadRaw(context, memory, size);
  const ordered = layout.order === 'network' && size > 1 ? context.swap((size * 8) as 16 | 32 | 64, raw) : raw;
  const type = INTEGER_TYPES[layout.width];
  return type.signed ? narrow(context, ordered, type) : ordered;
}

/** Writes a number that fits the layout. */
export function storeScalar(context: BuildContext, memory: Memory, layout: Scalar, from: Source): void {
  const size = layout.size as Bytes;
  if (layout.order === 'host' || size === 1) {
    storeRaw(context, memory, size, from);
    return;
  }
  const swapped =
    from.kind === 'constant'
      ? constant(swapBytes(BigInt.asUintN(size * 8, from.value), size))
      : from.kind === 'register'
        ? context.swap((size * 8) as 16 | 32 | 64, from)
        : from;
  storeRaw(context, memory, size, swapped);
}

/** Writes bytes that are known. */
export function storeBytes(context: BuildContext, memory: Memory, bytes: Uint8Array): void {
  for (const { offset, bytes: size } of piecesOf(bytes.length, memory)) {
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[offset + i] ?? 0);
    storeRaw(context, at(memory, offset), size, constant(value));
  }
}

export function copyBytes(context: BuildContext, to: Memory, from: Memory, size: number): void {
  for (const { offset, bytes } of piecesOf(size, from, to)) {
    const value = context.load(from.base, from.offset + offset, bytes);
    context.fn.emit({ op: 'store', base: to.base, offset: to.offset + offset, bytes, from: value });
  }
}

/** A new area of the stack. */
export function newArea(context: BuildContext, size: number): Memory {
  return { base: context.fn.area(size), offset: 0, alignment: 8, sharing: 'own', check: () => {} };
}

/** Zeroes all of an area, whose size on the stack is a multiple of 8. */
export function zeroArea(context: BuildContext, area: Memory): void {
  for (let offset = 0; offset < area.base.size; offset += 8) {
    context.fn.emit({ op: 'store', base: area.base, offset, bytes: 8, from: constant(0) });
  }
}
