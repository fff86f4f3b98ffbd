import type { Fields, Struct } from '@hookline/layout';
import type { Block, Value } from '../../ir/operation.ts';
import { constant } from '../../ir/operation.ts';
import { type BuildContext, enter } from '../context.ts';
import { maybe } from '../maybe.ts';
import { at, type Memory } from '../memory.ts';
import { defineFields } from '../place.ts';
import type { Header, Maybe, Place } from '../types.ts';
import { requireBytes } from './access.ts';

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
  };
  // Copying descriptors keeps getters: to read one here would be a use of it.
  Object.defineProperties(target, Object.getOwnPropertyDescriptors(more));
  defineFields(target, memory, layout);
  return target as unknown as Place<Struct<F>> & Header & M;
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
