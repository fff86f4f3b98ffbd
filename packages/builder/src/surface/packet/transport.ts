import type { Fields, Struct } from '@hookline/layout';
import { IcmpHeader, Icmpv6Header, IP_PROTOCOL, TcpHeader, UdpHeader } from '@hookline/packet';
import type { Block, Value } from '../../ir/operation.ts';
import { constant } from '../../ir/operation.ts';
import { type BuildContext, enter } from '../context.ts';
import { maybe } from '../maybe.ts';
import { at, type Memory } from '../memory.ts';
import type { Header, Maybe, Place } from '../types.ts';
import { packetMemory, requireBytes, requireEqual } from './access.ts';
import { type Follow, header, requireRoom } from './header.ts';

/** What an IP header leads to. */
export interface Transport {
  /** Its `IP_PROTOCOL`; with bit 16 set where no header of it is here: a later fragment, or a chain that is cut. */
  readonly protocol: Value;
  /** Where its header begins. */
  readonly start: Value;
  /** Bytes that IP's own length leaves from there on. */
  readonly room: Value;
}

/** Set in `Transport.protocol` where there is no header. */
export const ABSENT = 0x1_0000;

export type Tcp = Place<typeof TcpHeader> & Header & Rewritable<typeof TcpHeader>;
export type Udp = Place<typeof UdpHeader> & Header & Rewritable<typeof UdpHeader>;
export type Icmp = Place<typeof IcmpHeader> & Header & Rewritable<typeof IcmpHeader>;
export type Icmpv6 = Place<typeof Icmpv6Header> & Header & Rewritable<typeof Icmpv6Header>;

/** Fields that can be written together with the checksums that depend on them. */
export interface Rewritable<L> {
  /** Writes fields and mends the checksums that cover them (RFC 1624). */
  rewrite(fields: Partial<import('../types.ts').Source<L>>): void;
}

type Find = (context: BuildContext) => Transport;

interface Shape<F extends Fields, M extends object> {
  readonly name: string;
  readonly protocol: number;
  readonly layout: Struct<F>;
  readonly check?: (context: BuildContext, memory: Memory, miss: Block) => void;
  readonly follow: (memory: Memory, room: Value) => Follow;
  readonly more: (memory: Memory) => M;
}

/** Looks for one upper-layer header: the protocol, the lengths that IP and the frame allow, then its own. */
function upper<F extends Fields, M extends object>(
  owner: Memory,
  family: string,
  find: Find,
  shape: Shape<F, M>,
): Maybe<Place<Struct<F>> & Header & M> {
  const context = enter();
  owner.check(context);
  const key = `${family}.${shape.name}`;
  return maybe(context, {
    prepare: (now) => {
      find(now);
    },
    probe: (now, miss) => {
      owner.check(now);
      return now.once(key, () => {
        const { protocol, start, room } = find(now);
        requireEqual(now, protocol, shape.protocol, miss);
        requireRoom(now, room, shape.layout.size, miss);
        requireBytes(now, start, shape.layout.size, miss);
        const memory = packetMemory(now, start);
        shape.check?.(now, memory, miss);
        return header(memory, shape.layout, shape.follow(memory, room), shape.more(memory));
      });
    },
  });
}

/** What follows after a fixed number of bytes. */
function after(size: number): (memory: Memory, room: Value) => Follow {
  return (memory, room) => (context) => ({
    memory: at(memory, size),
    room: context.compute('sub', 64, room, size),
  });
}

const SMALLEST_OFFSET_BYTE = 5 << 4;

const TCP = (
  rewrite: (memory: Memory) => Rewritable<typeof TcpHeader>,
): Shape<(typeof TcpHeader)['fields'], Rewritable<typeof TcpHeader>> => ({
  name: 'tcp',
  protocol: IP_PROTOCOL.TCP,
  layout: TcpHeader,
  // RFC 9293 section 3.1: the offset counts words and is at least 5. It is the high half of its byte.
  check(context, memory, miss) {
    const offset = context.load(memory.base, TcpHeader.offsets.dataOffset, 1);
    context.fn.require({ operator: 'ge', left: offset, right: constant(SMALLEST_OFFSET_BYTE) }, miss);
  },
  follow: (memory, room) => (context, miss) => {
    const byte = context.load(memory.base, TcpHeader.offsets.dataOffset, 1);
    const length = context.compute('lsh', 32, context.compute('rsh', 32, byte, 4), 2);
    context.fn.refuse({ operator: 'gt', left: length, right: room }, miss);
    const left = context.compute('sub', 64, room, length);
    return { memory: packetMemory(context, context.compute('add', 64, memory.base, length)), room: left };
  },
  more: rewrite,
});

const UDP = (
  rewrite: (memory: Memory) => Rewritable<typeof UdpHeader>,
): Shape<(typeof UdpHeader)['fields'], Rewritable<typeof UdpHeader>> => ({
  name: 'udp',
  protocol: IP_PROTOCOL.UDP,
  layout: UdpHeader,
  // RFC 768: the length counts its own header; what lies behind it is no data.
  follow: (memory, room) => (context, miss) => {
    const length = context.swap(16, context.load(memory.base, UdpHeader.offsets.length, 2));
    context.fn.refuse({ operator: 'gt', left: length, right: room }, miss);
    context.fn.require({ operator: 'ge', left: length, right: constant(UdpHeader.size) }, miss);
    return { memory: at(memory, UdpHeader.size), room: context.compute('sub', 64, length, UdpHeader.size) };
  },
  more: rewrite,
});

export interface Uppers {
  readonly tcpRewrite: (memory: Memory) => Rewritable<typeof TcpHeader>;
  readonly udpRewrite: (memory: Memory) => Rewritable<typeof UdpHeader>;
  readonly icmpRewrite: (memory: Memory) => Rewritable<typeof IcmpHeader>;
  readonly icmpv6Rewrite: (memory: Memory) => Rewritable<typeof Icmpv6Header>;
}

export function tcp(owner: Memory, family: string, find: Find, { tcpRewrite }: Uppers): Maybe<Tcp> {
  return upper(owner, family, find, TCP(tcpRewrite));
}

export function udp(owner: Memory, family: string, find: Find, { udpRewrite }: Uppers): Maybe<Udp> {
  return upper(owner, family, find, UDP(udpRewrite));
}

export function icmp(owner: Memory, family: string, find: Find, { icmpRewrite }: Uppers): Maybe<Icmp> {
  const follow = after(IcmpHeader.size);
  const shape = { name: 'icmp', protocol: IP_PROTOCOL.ICMP, layout: IcmpHeader, follow, more: icmpRewrite };
  return upper(owner, family, find, shape);
}

export function icmpv6(owner: Memory, family: string, find: Find, { icmpv6Rewrite }: Uppers): Maybe<Icmpv6> {
  const follow = after(Icmpv6Header.size);
  const shape = { name: 'icmpv6', protocol: IP_PROTOCOL.ICMPV6, layout: Icmpv6Header, follow, more: icmpv6Rewrite };
  return upper(owner, family, find, shape);
}
