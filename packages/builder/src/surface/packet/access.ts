import { HELPERS } from '@hookline/bpf';
import type { Block, Value } from '../../ir/operation.ts';
import { constant } from '../../ir/operation.ts';
import type { BuildContext } from '../context.ts';
import type { Memory } from '../memory.ts';

/** Offsets of the packet's pointers in `struct xdp_md` and `struct __sk_buff` (linux/bpf.h); loads of 4 bytes. */
const POINTERS = { xdp: { data: 0, end: 4 }, tc: { data: 76, end: 80 } } as const;

/** The program's context, which subprograms do not have. */
export function contextOf(context: BuildContext): Value {
  return (
    context.packetContext ??
    context.fail('BUILD_SCOPE', 'A subprogram does not see the packet: pass it the numbers that it needs.')
  );
}

interface Bounds {
  readonly data: Value;
  readonly end: Value;
}

/** What the headers of a usual packet take at most: tags, IPv6 with an extension or two, and TCP with its options. */
const LINEAR = 128;
/** Offset in `struct __sk_buff` (linux/bpf.h). */
const SKB_LENGTH = 0;

function loadBounds(context: BuildContext, from: Value, { data, end }: Bounds): void {
  const offsets = POINTERS[context.program.hook];
  context.assign(data, context.load(from, offsets.data, 4));
  context.assign(end, context.load(from, offsets.end, 4));
}

/**
 * An skb may hold its headers outside of its linear part, where programs do not see them: they are copied in, as
 * `pskb_may_pull` does for the kernel's own protocols.
 */
function pullHeaders(context: BuildContext, from: Value, { data, end }: Bounds): void {
  const { fn } = context;
  const [short, partial, done] = [fn.block(), fn.block(), fn.block()];
  const behind = context.compute('add', 64, data, LINEAR);
  fn.branch({ operator: 'gt', left: behind, right: end, pointer: true }, short, done);
  fn.away(() => {
    fn.place(short);
    const length = context.load(from, SKB_LENGTH, 4);
    const linear = context.compute('sub', 64, end, data);
    fn.branch({ operator: 'gt', left: length, right: linear }, partial, done);
    fn.place(partial);
    const [long, pull] = [fn.block(), fn.block()];
    fn.branch({ operator: 'gt', left: length, right: constant(LINEAR) }, long, pull);
    fn.place(long);
    context.assign(length, LINEAR);
    fn.jump(pull);
    fn.place(pull);
    context.call(HELPERS.skb_pull_data.id, [from, length]);
    loadBounds(context, from, { data, end });
    fn.jump(done);
  });
  fn.place(done);
}

/** Start and end of the packet as it is now. */
export function bounds(context: BuildContext): Bounds {
  const from = contextOf(context);
  return context.once('bounds', () => {
    const made: Bounds = { data: context.fn.register(), end: context.fn.register() };
    loadBounds(context, from, made);
    if (context.program.hook === 'tc') pullHeaders(context, from, made);
    return made;
  });
}

/** A pointer into the packet, and how many bytes from it on are known to be there. */
interface Tracked {
  readonly pointer: Value;
  readonly size: number;
}

/** Remembers a pointer into the packet for `keepPointers`. */
export function track(context: BuildContext, pointer: Value, size: number): void {
  const tracked: Tracked = { pointer, size };
  context.remember('pointer', tracked);
}

/** No header begins later, and the verifier knows that the sum fits 16 bits. */
const OFFSET_MASK = 0x7fff;

/**
 * Does something after which the verifier distrusts all pointers into the packet although nothing in it has moved (a
 * helper may have copied the packet elsewhere): computes them anew from their distances, and compares them with the end
 * again. `lost` is where a pointer would no longer fit, which does not happen.
 */
export function keepPointers(context: BuildContext, action: () => void, lost: Block): void {
  const from = contextOf(context);
  const { data, end } = bounds(context);
  const sizes = new Map<Value, number>();
  for (const { pointer, size } of context.recallAll<Tracked>('pointer')) {
    sizes.set(pointer, Math.max(size, sizes.get(pointer) ?? 0));
  }
  const kept = [...sizes].map(([pointer, size]) => ({
    pointer,
    size,
    offset: context.compute('sub', 64, pointer, data),
  }));
  action();
  loadBounds(context, from, { data, end });
  for (const { pointer, size, offset } of kept) {
    const bounded = context.compute('and', 64, offset, OFFSET_MASK);
    context.assign(pointer, context.compute('add', 64, data, bounded));
    if (size > 0) requireBytes(context, pointer, size, lost);
  }
}

/**
 * Goes on where `size` bytes from the pointer on are in the packet. The one form that every verifier understands: the
 * address behind the bytes, compared with `>` (find_good_pkt_pointers in kernel/bpf/verifier.c).
 */
export function requireBytes(context: BuildContext, pointer: Value, size: number, miss: Block): void {
  const { end } = bounds(context);
  const behind = size === 0 ? pointer : context.compute('add', 64, pointer, size);
  context.fn.refuse({ operator: 'gt', left: behind, right: end, pointer: true }, miss);
  track(context, pointer, size);
}

/** Offset in `struct __sk_buff`. */
const SKB_GSO_SIZE = 176;
/** More bytes than any packet has. */
export const UNLIMITED = 0xffff_ffff;

/**
 * A packet that the kernel has put together from many, or will cut into many, may be longer than 16 bits can say: its
 * length field is then 0, and the length of the skb counts (BIG TCP; `iph_totlen` in linux/ip.h). Makes such a length
 * unlimited; any other 0 stays.
 */
export function allowBigTcp(context: BuildContext, length: Value): void {
  if (context.program.hook !== 'tc') return;
  const { fn } = context;
  const [zero, big, done] = [fn.block(), fn.block(), fn.block()];
  fn.branch({ operator: 'eq', left: length, right: constant(0) }, zero, done);
  fn.away(() => {
    fn.place(zero);
    const segment = context.load(contextOf(context), SKB_GSO_SIZE, 4);
    fn.branch({ operator: 'eq', left: segment, right: constant(0) }, done, big);
    fn.place(big);
    context.assign(length, UNLIMITED);
    fn.jump(done);
  });
  fn.place(done);
}

/** Goes on where a number is what it has to be. */
export function requireEqual(context: BuildContext, value: Value, expected: number, miss: Block): void {
  context.fn.require({ operator: 'eq', left: value, right: constant(expected) }, miss);
}

/** Bytes of the packet behind a pointer that was compared with the end; they are there until the packet moves. */
export function packetMemory(context: BuildContext, base: Value, offset = 0): Memory {
  const { generation, region } = context;
  return {
    base,
    offset,
    alignment: 1,
    sharing: 'own',
    check(now) {
      if (now !== context) {
        now.fail('BUILD_SCOPE', 'A subprogram does not see the packet: pass it the numbers that it needs.');
      }
      if (now.generation !== generation) {
        now.fail(
          'BUILD_MOVED',
          'The packet has moved since this header was read: read it again from the packet, and keep what you need of the old one with .copy() before.',
        );
      }
      if (!region.encloses(now.region)) {
        now.fail('BUILD_SCOPE', 'This header was found in another branch: look for it here too, or before the branch.');
      }
    },
  };
}

/** A number in network order. */
export function loadNetwork(context: BuildContext, base: Value, offset: number, bytes: 2 | 4): Value {
  return context.swap(bytes === 2 ? 16 : 32, context.load(base, offset, bytes));
}
