import type { Fields, Struct } from '@hookline/layout';
import type { Block, Value } from '../../ir/operation.ts';
import { constant } from '../../ir/operation.ts';
import { type BuildContext, enter } from '../context.ts';
import { type AnyOperand, INTEGER_TYPES, readValue } from '../integer.ts';
import { maybe } from '../maybe.ts';
import { at, type Memory } from '../memory.ts';
import { defineFields } from '../place.ts';
import type { Header, Maybe, Place } from '../types.ts';
import { packetMemory, requireBytes } from './access.ts';

/** Where a header's successor begins, and how much of the packet's own length is left for it. */
export interface Following {
  readonly memory: Memory;
  /** Bytes that the lengths in the headers leave from here on, as far as they say; padding does not count. */
  readonly room?: Value;
}

/** Finds what follows a header; goes to `miss` where the packet's lengths contradict each other. */
export type Follow = (context: BuildContext, miss: Block) => Following;

/** Goes on where the lengths in the headers leave at least this many bytes. */
export function requireRoom(context: BuildContext, room: Value | undefined, size: number, miss: Block): void {
  if (room) context.fn.require({ operator: 'ge', left: room, right: constant(size) }, miss);
}

/** Fields at a place, the way to what follows, and whatever else the protocol has. */
export function header<F extends Fields, M extends object>(
  memory: Memory,
  layout: Struct<F>,
  follow: Follow,
  more: M,
): Place<Struct<F>> & Header & M {
  const target = {
    payload<G extends Fields>(next: Struct<G>): Maybe<Place<Struct<G>> & Header> {
      return maybe(enter(), {
        probe: (context, miss) => {
          memory.check(context);
          const following = follow(context, miss);
          return payloadHeader(context, following, next, miss);
        },
      });
    },
    at: (offset: AnyOperand, next: Struct) => headerAt(memory, offset, next),
  };
  // Copying descriptors keeps getters: to read one here would be a use of it.
  Object.defineProperties(target, Object.getOwnPropertyDescriptors(more));
  defineFields(target, memory, layout);
  return target as unknown as Place<Struct<F>> & Header & M;
}

/** The greatest distance: behind a chain of extension headers, two of them still stay where the verifier follows (65535). */
const FARTHEST = 0x3fff;

/** A layout at a distance from a place in the packet. */
export function headerAt<F extends Fields>(
  memory: Memory,
  offset: AnyOperand,
  layout: Struct<F>,
): Maybe<Place<Struct<F>> & Header> {
  const context = enter();
  requireStruct(context, 'at', layout);
  if (typeof offset === 'number' && offset > FARTHEST) {
    context.fail('BUILD_VALUE', `${offset} bytes are too far: give 0 to ${FARTHEST}.`);
  }
  const distance = readValue(context, offset, INTEGER_TYPES.u32);
  return maybe(context, {
    probe: (now, miss) => {
      memory.check(now);
      now.fn.require({ operator: 'le', left: distance, right: constant(FARTHEST) }, miss);
      // Older verifiers do not carry the comparison over to a value that was on the stack: bound it once more.
      const bounded = now.compute('and', 64, distance, FARTHEST);
      const start = now.compute('add', 64, now.compute('add', 64, memory.base, bounded), memory.offset);
      requireBytes(now, start, layout.size, miss);
      const found = packetMemory(now, start);
      return header(found, layout, () => ({ memory: at(found, layout.size) }), {});
    },
  });
}

function requireStruct(context: BuildContext, method: string, layout: { readonly kind?: unknown }): void {
  if (layout?.kind === 'struct') return;
  context.fail('BUILD_VALUE', `${method} takes a struct: write ${method}(struct('name', { field: u32 })).`);
}

function payloadHeader<F extends Fields>(
  context: BuildContext,
  { memory, room }: Following,
  layout: Struct<F>,
  miss: Block,
): Place<Struct<F>> & Header {
  requireStruct(context, 'payload', layout);
  requireRoom(context, room, layout.size, miss);
  requireBytes(context, memory.base, memory.offset + layout.size, miss);
  const follow: Follow = (now) => ({
    memory: at(memory, layout.size),
    ...(room ? { room: now.compute('sub', 64, room, layout.size) } : {}),
  });
  return header(memory, layout, follow, {});
}
