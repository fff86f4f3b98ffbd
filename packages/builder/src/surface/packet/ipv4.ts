import { ETHER_TYPE, Ipv4Header } from '@hookline/packet';
import type { Value } from '../../ir/operation.ts';
import { constant } from '../../ir/operation.ts';
import { swapBytes } from '../../ir/swap-bytes.ts';
import { condition } from '../condition.ts';
import { type BuildContext, enter } from '../context.ts';
import { maybe } from '../maybe.ts';
import type { Memory } from '../memory.ts';
import type { Header, Maybe, PacketCondition, Place } from '../types.ts';
import { allowBigTcp, loadNetwork, packetMemory, requireBytes, requireEqual } from './access.ts';
import { header } from './header.ts';
import { linkLayer } from './link-layer.ts';
import { rewriteIpv4, rewriters } from './rewrite.ts';
import { ABSENT, type Icmp, icmp, type Rewritable, type Tcp, type Transport, tcp, type Udp, udp } from './transport.ts';

/** What belongs to IPv4 besides its fields. */
export interface Ipv4Methods {
  /** Missing in a fragment other than the first. */
  tcp(): Maybe<Tcp>;
  udp(): Maybe<Udp>;
  icmp(): Maybe<Icmp>;
  /** A part of a datagram (RFC 791): more follow, or it is not the first. */
  isFragment(): PacketCondition;
  /** A part that is not the first: it has no TCP, UDP or ICMP header. */
  isLaterFragment(): PacketCondition;
}
export type Ipv4 = Place<typeof Ipv4Header> & Header & Ipv4Methods & Rewritable<typeof Ipv4Header>;

/** Version 4 with a header of 5 words, and of 15: the first byte of every valid header lies between. */
const FIRST_BYTES = [0x45, 0x4f] as const;
/** Masks of the fragment field as it lies in memory, read in the host's order. */
const OFFSET_BITS = swapBytes(0x1fffn, 2);
const FRAGMENT_BITS = swapBytes(0x3fffn, 2);
const { offsets } = Ipv4Header;

interface Found {
  readonly start: Value;
  /** Where the options end. */
  readonly next: Value;
  /** Total length without this header. */
  readonly room: Value;
}

/** Where the upper layer begins: IPv4 says it itself, but a later fragment begins in the middle of it. */
function transport(context: BuildContext, { start, next, room }: Found): Transport {
  return context.once('ipv4.transport', () => {
    const { fn } = context;
    const protocol = context.load(start, offsets.protocol, 1);
    const field = context.load(start, offsets.fragmentOffset, 2);
    const [later, done] = [fn.block(), fn.block()];
    fn.branch({ operator: 'set', left: field, right: constant(OFFSET_BITS) }, later, done);
    fn.away(() => {
      fn.place(later);
      context.assign(protocol, context.compute('or', 32, protocol, ABSENT));
      fn.jump(done);
    });
    fn.place(done);
    return { protocol, start: next, room };
  });
}

function fragmentCondition(memory: Memory, bits: bigint): PacketCondition {
  const context = enter();
  memory.check(context);
  const left = context.load(memory.base, offsets.fragmentOffset, 2);
  return condition(context, { kind: 'test', test: { operator: 'set', left, right: constant(bits) } });
}

function handle(memory: Memory, found: Found): Ipv4 {
  const find = (context: BuildContext): Transport => transport(context, found);
  const uppers = rewriters();
  const more: Ipv4Methods & Rewritable<typeof Ipv4Header> = {
    tcp: () => tcp(memory, 'ipv4', find, uppers),
    udp: () => udp(memory, 'ipv4', find, uppers),
    icmp: () => icmp(memory, 'ipv4', find, uppers),
    isFragment: () => fragmentCondition(memory, FRAGMENT_BITS),
    isLaterFragment: () => fragmentCondition(memory, OFFSET_BITS),
    rewrite: (fields) => rewriteIpv4(memory, find, fields),
  };
  const follow = (context: BuildContext): { memory: Memory; room: Value } => ({
    memory: packetMemory(context, found.next),
    room: found.room,
  });
  return header(memory, Ipv4Header, follow, more);
}

/**
 * IPv4 behind Ethernet and its tags. Missing where the EtherType is another one, where the header with its options is
 * not all there, or where its lengths contradict each other: Linux drops such packets, too (net/ipv4/ip_input.c
 * ip_rcv_core).
 */
export function ipv4(): Maybe<Ipv4> {
  return maybe(enter(), {
    prepare: (context) => {
      linkLayer(context);
    },
    probe: (context, miss) =>
      context.once('ipv4', () => {
        const { fn } = context;
        const { etherType, network } = linkLayer(context);
        requireEqual(context, etherType, ETHER_TYPE.IPV4, miss);
        requireBytes(context, network, Ipv4Header.size, miss);
        const first = context.load(network, 0, 1);
        fn.require({ operator: 'ge', left: first, right: constant(FIRST_BYTES[0]) }, miss);
        fn.require({ operator: 'le', left: first, right: constant(FIRST_BYTES[1]) }, miss);
        const length = context.compute('lsh', 32, context.compute('and', 32, first, 15), 2);
        const next = context.compute('add', 64, network, length);
        requireBytes(context, next, 0, miss);
        const total = loadNetwork(context, network, offsets.totalLength, 2);
        allowBigTcp(context, total);
        fn.require({ operator: 'ge', left: total, right: length }, miss);
        const room = context.compute('sub', 64, total, length);
        return handle(packetMemory(context, network), { start: network, next, room });
      }),
  });
}
