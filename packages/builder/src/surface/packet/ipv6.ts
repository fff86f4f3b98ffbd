import { ETHER_TYPE, FragmentHeader, HopByHopHeader, IP_PROTOCOL, Ipv6Header } from '@hookline/packet';
import type { Value } from '../../ir/operation.ts';
import { constant } from '../../ir/operation.ts';
import { swapBytes } from '../../ir/swap-bytes.ts';
import { condition } from '../condition.ts';
import { type BuildContext, enter } from '../context.ts';
import { fetched } from '../integer.ts';
import { maybe } from '../maybe.ts';
import type { Memory } from '../memory.ts';
import type { Header, Maybe, PacketCondition, Place, Uint } from '../types.ts';
import { allowBigTcp, loadNetwork, packetMemory, requireBytes, requireEqual, track, UNLIMITED } from './access.ts';
import { header } from './header.ts';
import { linkLayer } from './link-layer.ts';
import { rewriteIpv6, rewriters } from './rewrite.ts';
import {
  ABSENT,
  type Icmpv6,
  icmpv6,
  type Rewritable,
  type Tcp,
  type Transport,
  tcp,
  type Udp,
  udp,
} from './transport.ts';

/** What belongs to IPv6 besides its fields. */
export interface Ipv6Methods {
  /** Behind the extension headers; missing in a fragment other than the first. */
  tcp(): Maybe<Tcp>;
  udp(): Maybe<Udp>;
  /** ICMPv6. */
  icmp(): Maybe<Icmpv6>;
  /** What the chain of extension headers ends in, an `IP_PROTOCOL`. */
  readonly protocol: Uint<'u8'>;
  /** There is a fragment header (RFC 8200 section 4.5). */
  isFragment(): PacketCondition;
  /** A fragment that is not the first: it has no TCP, UDP or ICMPv6 header. */
  isLaterFragment(): PacketCondition;
}
export type Ipv6 = Place<typeof Ipv6Header> & Header & Ipv6Methods & Rewritable<typeof Ipv6Header>;

/** Extension headers that are passed over; a packet with more has no upper layer here. */
const MOST_EXTENSIONS = 6;
/** No chain of that many is longer: 6 times 2048 bytes, in steps of 4. */
const OFFSET_MASK = 0x3ffc;
/** Offset of the fragment, without its flags, as it lies in memory. */
const FRAGMENT_OFFSET_BITS = swapBytes(0xfff8n, 2);
const { offsets } = Ipv6Header;

interface Chain extends Transport {
  /** 0, 1 in a fragment, 2 in a later one. */
  readonly fragment: Value;
}

/**
 * Walks the extension headers of RFC 8200 and the authentication header of RFC 4302.
 *
 * The verifier follows every round and every kind of header, and what it knows of the offset must not differ from one
 * way to another, or it follows the rest of the program once for each. So the offset begins as a zero that it does not
 * know, and is masked after each step.
 */
function walk(context: BuildContext, start: Value): Chain {
  const { fn } = context;
  const next = context.load(start, offsets.nextHeader, 1);
  const limit = loadNetwork(context, start, offsets.payloadLength, 2);
  limitOfJumbo(context, next, limit);
  allowBigTcp(context, limit);
  const unknown = context.load(start, offsets.source, 4);
  const offset = context.compute('and', 64, context.compute('sub', 64, unknown, unknown), OFFSET_MASK);
  const fragment = context.copy(constant(0));
  const round = context.copy(constant(0));
  const room = fn.register();
  const upper = fn.register();
  fn.depth++;
  const [head, ended, options, authentication, fragmented, advance] = [
    fn.block(),
    fn.block(),
    fn.block(),
    fn.block(),
    fn.block(),
    fn.block(),
  ];
  fn.depth--;
  const [absent, done] = [fn.block(), fn.block()];
  const length = fn.register();

  fn.jump(head);
  fn.place(head);
  for (const [number, block] of [
    [IP_PROTOCOL.HOP_BY_HOP, options],
    [IP_PROTOCOL.ROUTING, options],
    [IP_PROTOCOL.DESTINATION_OPTIONS, options],
    [IP_PROTOCOL.FRAGMENT, fragmented],
    [IP_PROTOCOL.AUTHENTICATION, authentication],
  ] as const) {
    const [known, other] = [fn.block(), fn.block()];
    fn.branch({ operator: 'eq', left: next, right: constant(number) }, known, other);
    fn.away(() => {
      fn.place(known);
      fn.refuse({ operator: 'ge', left: round, right: constant(MOST_EXTENSIONS) }, absent);
      fn.jump(block);
    });
    fn.place(other);
  }
  fn.jump(ended);

  const extension = (): Value => {
    const pointer = context.compute('add', 64, context.compute('add', 64, start, Ipv6Header.size), offset);
    // In a region of its own: what is known of this pointer holds in this round only.
    context.inside(() => requireBytes(context, pointer, FragmentHeader.size, absent));
    return pointer;
  };
  const step = (pointer: Value): void => {
    context.assign(next, context.load(pointer, 0, 1));
    fn.jump(advance);
  };
  /** `(byte + 1) * 8` or `(byte + 2) * 4` bytes. */
  const lengthFrom = (pointer: Value, plus: number, shift: number): void => {
    const words = context.compute('add', 64, context.load(pointer, HopByHopHeader.offsets.headerLength, 1), plus);
    context.assign(length, context.compute('lsh', 64, words, shift));
  };

  fn.away(() => {
    fn.place(options);
    const option = extension();
    lengthFrom(option, 1, 3);
    step(option);

    fn.place(authentication);
    const authenticated = extension();
    lengthFrom(authenticated, 2, 2);
    step(authenticated);

    fn.place(fragmented);
    const part = extension();
    context.assign(length, FragmentHeader.size);
    context.assign(fragment, 1);
    const field = context.load(part, FragmentHeader.offsets.fragmentOffset, 2);
    const [first, later] = [fn.block(), fn.block()];
    fn.branch({ operator: 'set', left: field, right: constant(FRAGMENT_OFFSET_BITS) }, later, first);
    fn.place(later);
    context.assign(fragment, 2);
    context.assign(next, context.load(part, 0, 1));
    fn.jump(absent);
    fn.place(first);
    step(part);

    fn.place(advance);
    context.assign(offset, context.compute('and', 64, context.compute('add', 64, offset, length), OFFSET_MASK));
    context.assign(round, context.compute('add', 64, round, 1));
    fn.jump(head);

    fn.place(absent);
    context.assign(room, 0);
    context.assign(upper, context.compute('or', 32, next, ABSENT));
    fn.jump(done);
  });

  fn.place(ended);
  fn.refuse({ operator: 'gt', left: offset, right: limit }, absent);
  context.assign(room, context.compute('sub', 64, limit, offset));
  context.assign(upper, next);
  fn.jump(done);
  fn.place(done);
  const pointer = context.compute('add', 64, context.compute('add', 64, start, Ipv6Header.size), offset);
  track(context, pointer, 0);
  return { protocol: upper, start: pointer, room, fragment };
}

/** A length of 0 with hop-by-hop options is that of a jumbogram (RFC 2675), which is longer than 16 bits can say. */
function limitOfJumbo(context: BuildContext, next: Value, limit: Value): void {
  const { fn } = context;
  const [zero, jumbo, done] = [fn.block(), fn.block(), fn.block()];
  fn.branch({ operator: 'eq', left: limit, right: constant(0) }, zero, done);
  fn.away(() => {
    fn.place(zero);
    fn.branch({ operator: 'eq', left: next, right: constant(IP_PROTOCOL.HOP_BY_HOP) }, jumbo, done);
    fn.place(jumbo);
    context.assign(limit, UNLIMITED);
    fn.jump(done);
  });
  fn.place(done);
}

function handle(memory: Memory, start: Value): Ipv6 {
  const find = (context: BuildContext): Chain => {
    memory.check(context);
    return context.once('ipv6.transport', () => walk(context, start));
  };
  const uppers = rewriters();
  const fragmentAtLeast = (least: number): PacketCondition => {
    const context = enter();
    const left = find(context).fragment;
    return condition(context, { kind: 'test', test: { operator: 'ge', left, right: constant(least) } });
  };
  const more: Ipv6Methods & Rewritable<typeof Ipv6Header> = {
    tcp: () => tcp(memory, 'ipv6', find, uppers),
    udp: () => udp(memory, 'ipv6', find, uppers),
    icmp: () => icmpv6(memory, 'ipv6', find, uppers),
    protocol: fetched('u8', (context) => context.compute('and', 32, find(context).protocol, 0xff)),
    isFragment: () => fragmentAtLeast(1),
    isLaterFragment: () => fragmentAtLeast(2),
    rewrite: (fields) => rewriteIpv6(memory, find, fields),
  };
  const follow = (context: BuildContext): { memory: Memory; room: Value } => {
    const { start: next, room } = find(context);
    return { memory: packetMemory(context, next), room };
  };
  return header(memory, Ipv6Header, follow, more);
}

/** IPv6 behind Ethernet and its tags. Missing where the EtherType or the version is another one, or the header is cut. */
export function ipv6(): Maybe<Ipv6> {
  return maybe(enter(), {
    prepare: (context) => {
      linkLayer(context);
    },
    probe: (context, miss) =>
      context.once('ipv6', () => {
        const { etherType, network } = linkLayer(context);
        requireEqual(context, etherType, ETHER_TYPE.IPV6, miss);
        requireBytes(context, network, Ipv6Header.size, miss);
        const version = context.compute('rsh', 32, context.load(network, 0, 1), 4);
        requireEqual(context, version, 6, miss);
        return handle(packetMemory(context, network), network);
      }),
  });
}
