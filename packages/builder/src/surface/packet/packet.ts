import { HELPERS } from '@hookline/bpf';
import { be16, bits, type Fields, type Struct, struct } from '@hookline/layout';
import { ArpHeader, ETHER_TYPE, EthernetHeader } from '@hookline/packet';
import type { Value } from '../../ir/operation.ts';
import { constant } from '../../ir/operation.ts';
import { type BuildContext, enter } from '../context.ts';
import { fetched, given } from '../integer.ts';
import { maybe, type Search } from '../maybe.ts';
import { at } from '../memory.ts';
import type { Header, Maybe, Operand, Place, Uint } from '../types.ts';
import { bounds, contextOf, packetMemory, requireBytes, requireEqual } from './access.ts';
import { header, headerAt } from './header.ts';
import { type Ipv4, ipv4 } from './ipv4.ts';
import { type Ipv6, ipv6 } from './ipv6.ts';
import { linkLayer, NONE } from './link-layer.ts';

export type Ethernet = Place<typeof EthernetHeader> & Header;
export type Arp = Place<typeof ArpHeader> & Header;

/** A VLAN tag (IEEE 802.1Q). In TC the card or the kernel may have taken the outer one out of the frame; it counts all the same. */
export interface Vlan {
  readonly vlanId: Uint<'u16'>;
  /** Priority code point, 0 to 7. */
  readonly priority: Uint<'u8'>;
  readonly dropEligible: Uint<'u8'>;
  /** EtherType of the tag itself: 0x8100, or 0x88a8 for a service tag. */
  readonly protocol: Uint<'u16'>;
}

/** The packet that the program runs for. Every header is missing where the frame does not hold it. */
export interface Packet {
  /** Bytes from the Ethernet header on, without FCS; in a multi-buffer frame or an skb with fragments all of them. */
  readonly length: Uint<'u32'>;
  ethernet(): Maybe<Ethernet>;
  /** The outer tag. */
  vlan(): Maybe<Vlan>;
  /** The second one, of a frame with two (IEEE 802.1ad). */
  innerVlan(): Maybe<Vlan>;
  /** What follows Ethernet and its VLAN tags, an `ETHER_TYPE`. */
  readonly etherType: Uint<'u32'>;
  arp(): Maybe<Arp>;
  ipv4(): Maybe<Ipv4>;
  ipv6(): Maybe<Ipv6>;
  /**
   * Bytes at a distance from the start of the frame, 0 to 16383, seen as a layout of your own, whatever they are: for
   * protocols that are not here, and for headers that a program has just made room for.
   */
  at<F extends Fields>(offset: Operand<'u32'>, layout: Struct<F>): Maybe<Place<Struct<F>> & Header>;
}

/** Offsets in `struct __sk_buff` (linux/bpf.h). */
const SKB = { length: 0, vlanPresent: 20, vlanTci: 24, vlanProtocol: 28 } as const;

function lengthOf(context: BuildContext): Value {
  const from = contextOf(context);
  return context.once('length', () =>
    context.program.hook === 'xdp'
      ? context.call(HELPERS.xdp_get_buff_len.id, [from])
      : context.load(from, SKB.length, 4),
  );
}

function ethernet(): Maybe<Ethernet> {
  return maybe(enter(), {
    probe: (context, miss) => {
      const { data } = bounds(context);
      requireBytes(context, data, EthernetHeader.size, miss);
      const memory = packetMemory(context, data);
      return header(memory, EthernetHeader, (now) => ({ memory: packetMemory(now, linkLayer(now).network) }), {});
    },
  });
}

const TAG = struct('tag', bits(be16, { priority: 3, dropEligible: 1, vlanId: 12 }));

/** The parts of tag control information. */
function vlanOf(context: BuildContext, tag: Value, protocol: Value): Vlan {
  const part = <W extends 'u8' | 'u16'>(
    field: (typeof TAG)['fields'][keyof (typeof TAG)['fields']],
    width: W,
  ): Uint<W> => {
    const shifted = context.compute('rsh', 32, tag, field.shift);
    return given(context, context.compute('and', 32, shifted, 2 ** field.width - 1), width) as Uint<W>;
  };
  const { priority, dropEligible, vlanId } = TAG.fields;
  return {
    priority: part(priority, 'u8'),
    dropEligible: part(dropEligible, 'u8'),
    vlanId: part(vlanId, 'u16'),
    protocol: given(context, protocol, 'u16'),
  };
}

/** An skb may carry the outer tag beside the frame (`skb_vlan_tag_present`); then those in the frame are inner ones. */
const VLAN: Search<Vlan> = {
  prepare: (context) => {
    linkLayer(context);
  },
  probe: (context, miss) => {
    const { fn } = context;
    const inline = linkLayer(context);
    const tag = context.copy(inline.tag);
    const protocol = context.copy(inline.tagProtocol);
    if (context.program.hook === 'tc') {
      const from = contextOf(context);
      const [beside, done] = [fn.block(), fn.block()];
      const present = context.load(from, SKB.vlanPresent, 4);
      fn.branch({ operator: 'eq', left: present, right: constant(0) }, done, beside);
      fn.place(beside);
      context.assign(tag, context.load(from, SKB.vlanTci, 4));
      // The kernel keeps this one in network order.
      context.assign(protocol, context.swap(16, context.load(from, SKB.vlanProtocol, 4)));
      fn.jump(done);
      fn.place(done);
    }
    fn.refuse({ operator: 'ge', left: tag, right: constant(NONE) }, miss);
    return vlanOf(context, tag, protocol);
  },
};

/** The second tag of the frame, or its first one where the outer one lies beside it. */
const INNER_VLAN: Search<Vlan> = {
  prepare: (context) => {
    linkLayer(context);
  },
  probe: (context, miss) => {
    const { fn } = context;
    const inline = linkLayer(context);
    const tag = context.copy(inline.innerTag);
    const protocol = context.copy(inline.innerProtocol);
    if (context.program.hook === 'tc') {
      const [beside, done] = [fn.block(), fn.block()];
      const present = context.load(contextOf(context), SKB.vlanPresent, 4);
      fn.branch({ operator: 'eq', left: present, right: constant(0) }, done, beside);
      fn.place(beside);
      context.assign(tag, inline.tag);
      context.assign(protocol, inline.tagProtocol);
      fn.jump(done);
      fn.place(done);
    }
    fn.refuse({ operator: 'ge', left: tag, right: constant(NONE) }, miss);
    return vlanOf(context, tag, protocol);
  },
};

/** A header of fixed size behind Ethernet and its tags, by its EtherType. */
function networkHeader<F extends Fields>(
  key: string,
  type: number,
  layout: Struct<F>,
): Maybe<Place<Struct<F>> & Header> {
  return maybe(enter(), {
    prepare: (context) => {
      linkLayer(context);
    },
    probe: (context, miss) =>
      context.once(key, () => {
        const { etherType, network } = linkLayer(context);
        requireEqual(context, etherType, type, miss);
        requireBytes(context, network, layout.size, miss);
        const memory = packetMemory(context, network);
        return header(memory, layout, () => ({ memory: at(memory, layout.size) }), {});
      }),
  });
}

export const packet: Packet = {
  length: fetched('u32', lengthOf),
  etherType: fetched('u32', (context) => linkLayer(context).etherType),
  ethernet,
  vlan: () => maybe(enter(), VLAN),
  innerVlan: () => maybe(enter(), INNER_VLAN),
  arp: () => networkHeader('arp', ETHER_TYPE.ARP, ArpHeader),
  ipv4,
  ipv6,
  at: (offset, layout) => {
    const context = enter();
    return headerAt(packetMemory(context, bounds(context).data), offset, layout);
  },
};
