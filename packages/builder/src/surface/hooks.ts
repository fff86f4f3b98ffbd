import { HELPERS } from '@hookline/bpf';
import { type Scalar, u32 } from '@hookline/layout';
import type { Value } from '../ir/operation.ts';
import { constant } from '../ir/operation.ts';
import { type BuildContext, enter } from './context.ts';
import { type AnyOperand, fetched, INTEGER_TYPES, IntegerHandle, isUnsigned, READ, read } from './integer.ts';
import { maybe } from './maybe.ts';
import { missingMember } from './missing-member.ts';
import { contextOf } from './packet/access.ts';
import { type Packet, packet } from './packet/packet.ts';
import type { Maybe, Operand, SignedOperand, Uint, UintPlace } from './types.ts';

/** Bytes, forwards or backwards; an unsigned number that certainly fits needs no cast. */
type Distance = SignedOperand<'i32'> | Operand<'u16'>;

/** What the packet of an XDP program can do besides. Each of these moves it: read its headers again afterwards. */
export interface XdpPacket extends Packet {
  /** Moves the start by so many bytes, negative ones make room in front; missing where there is no room. */
  adjustHead(by: Distance): Maybe<true>;
  /** Moves the end by so many bytes: negative ones cut. */
  adjustTail(by: Distance): Maybe<true>;
  /** Moves the start of the metadata in front of the packet: negative ones make room. */
  adjustMeta(by: Distance): Maybe<true>;
}

export interface XdpContext {
  readonly packet: XdpPacket;
  /** Index of the interface that the packet came in by. */
  readonly ingressInterface: Uint<'u32'>;
  /** Queue of that interface. */
  readonly rxQueue: Uint<'u32'>;
}

export interface TcContext {
  readonly packet: Packet;
  /** Index of the interface that the program is attached to. */
  readonly interface: Uint<'u32'>;
  /** Index of the interface that the packet came in by; 0 for one that this host made. */
  readonly ingressInterface: Uint<'u32'>;
  readonly mark: UintPlace<'u32', 'own'>;
  readonly priority: UintPlace<'u32', 'own'>;
  readonly queueMapping: UintPlace<'u32', 'own'>;
  readonly tcIndex: UintPlace<'u32', 'own'>;
  readonly classId: UintPlace<'u32', 'own'>;
  /** Five numbers for whoever sees the packet next on this hook. */
  readonly cb: readonly UintPlace<'u32', 'own'>[];
  /** `PACKET_HOST` 0, `PACKET_BROADCAST` 1, `PACKET_MULTICAST` 2, `PACKET_OTHERHOST` 3, `PACKET_OUTGOING` 4. */
  readonly packetType: Uint<'u32'>;
  readonly hash: Uint<'u32'>;
}

const U32: Scalar<'u32'> = u32;

function contextField(offset: number): Uint<'u32'> {
  return fetched('u32', (context) => context.load(contextOf(context), offset, 4));
}

/** A writable number of `struct __sk_buff`. Older verifiers refuse an immediate store to a context: it goes by register. */
class ContextPlace extends IntegerHandle {
  readonly #offset: number;

  constructor(offset: number) {
    super(INTEGER_TYPES[U32.width]);
    this.#offset = offset;
  }

  [READ](context: BuildContext): Value {
    return context.load(contextOf(context), this.#offset, 4);
  }

  set(value: AnyOperand): void {
    const context = enter();
    const source = read(context, value, this.type);
    const from = source.kind === 'register' ? source : context.copy(source);
    context.effects++;
    context.fn.emit({ op: 'store', base: contextOf(context), offset: this.#offset, bytes: 4, from });
  }

  add(by: AnyOperand): void {
    this.set(this.plus(by) as never);
  }

  exchange(value: AnyOperand): unknown {
    const before = this.plus(0);
    this.set(value);
    return before;
  }

  fetchAdd(by: AnyOperand): unknown {
    const before = this.plus(0);
    this.add(by);
    return before;
  }
}

function contextPlace(offset: number): UintPlace<'u32', 'own'> {
  return new ContextPlace(offset) as unknown as UintPlace<'u32', 'own'>;
}

/** A helper that moves the packet's borders and gives 0, or an error number and leaves all as it was. */
function adjust(helper: number, by: Distance): Maybe<true> {
  const context = enter();
  const amount = read(context, by, INTEGER_TYPES[isUnsigned(by) ? 'u16' : 'i32']);
  const result = context.call(helper, [contextOf(context), amount]);
  context.effects++;
  context.move();
  return maybe(context, {
    probe: (now, miss) => {
      now.fn.require({ operator: 'eq', left: result, right: constant(0) }, miss);
      return true as const;
    },
  });
}

function strict<T extends object>(name: string, members: T): T {
  return Object.setPrototypeOf(
    members,
    missingMember(() => name),
  ) as T;
}

/** Offsets in `struct xdp_md` (linux/bpf.h). */
export const xdpContext: XdpContext = {
  packet: strict('The packet of an XDP program', {
    ...packet,
    adjustHead: (by: Distance) => adjust(HELPERS.xdp_adjust_head.id, by),
    adjustTail: (by: Distance) => adjust(HELPERS.xdp_adjust_tail.id, by),
    adjustMeta: (by: Distance) => adjust(HELPERS.xdp_adjust_meta.id, by),
  }),
  ingressInterface: contextField(12),
  rxQueue: contextField(16),
};

/** Offsets in `struct __sk_buff` (linux/bpf.h). */
export const tcContext: TcContext = {
  packet: strict('The packet of a TC program', { ...packet }),
  interface: contextField(40),
  ingressInterface: contextField(36),
  mark: contextPlace(8),
  queueMapping: contextPlace(12),
  priority: contextPlace(32),
  tcIndex: contextPlace(44),
  classId: contextPlace(72),
  cb: [48, 52, 56, 60, 64].map(contextPlace),
  packetType: contextField(4),
  hash: contextField(68),
};
