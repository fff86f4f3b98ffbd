import { ETHER_TYPE, EthernetHeader, VlanTag } from '@hookline/packet';
import type { Block, Value } from '../../ir/operation.ts';
import { constant } from '../../ir/operation.ts';
import type { BuildContext } from '../context.ts';
import { bounds, loadNetwork, track } from './access.ts';

/** What lies behind Ethernet and up to two VLAN tags. */
export interface LinkLayer {
  /** What follows, an `ETHER_TYPE`; 65536 where the frame ends before. */
  readonly etherType: Value;
  /** Where it begins. */
  readonly network: Value;
  /** Tag control information of the outer tag in the frame; 65536 without one. */
  readonly tag: Value;
  /** EtherType of that tag itself. */
  readonly tagProtocol: Value;
  /** The same of the second tag. */
  readonly innerTag: Value;
  readonly innerProtocol: Value;
}

/** No number of 16 bits. */
export const NONE = 0x1_0000;

/** Reads past the tags once for all who ask; a frame that is too short has no EtherType. */
export function linkLayer(context: BuildContext): LinkLayer {
  return context.once('link', () => {
    const { fn } = context;
    const { data, end } = bounds(context);
    const [etherType, network, tag, tagProtocol] = [fn.register(), fn.register(), fn.register(), fn.register()];
    const [innerTag, innerProtocol] = [fn.register(), fn.register()];
    const [short, done] = [fn.block(), fn.block()];
    const read = (size: number): void => {
      const behind = context.compute('add', 64, data, size);
      fn.refuse({ operator: 'gt', left: behind, right: end, pointer: true }, short);
      context.assign(network, behind);
      context.assign(etherType, loadNetwork(context, data, size - 2, 2));
    };
    context.assign(tag, NONE);
    context.assign(innerTag, NONE);
    read(EthernetHeader.size);
    /** Goes to `tagged` where there is (another) tag. */
    const requireTag = (tagged: Block): void => {
      const other = fn.block();
      fn.branch({ operator: 'eq', left: etherType, right: constant(ETHER_TYPE.VLAN) }, tagged, other);
      fn.place(other);
      fn.branch({ operator: 'eq', left: etherType, right: constant(ETHER_TYPE.SERVICE_VLAN) }, tagged, done);
    };
    const outer = fn.block();
    requireTag(outer);
    // Tagged frames are the rarer ones: they are read out of the way.
    fn.away(() => {
      fn.place(outer);
      context.assign(tagProtocol, etherType);
      read(EthernetHeader.size + VlanTag.size);
      context.assign(tag, loadNetwork(context, data, EthernetHeader.size, 2));
      const inner = fn.block();
      requireTag(inner);
      fn.place(inner);
      context.assign(innerProtocol, etherType);
      read(EthernetHeader.size + 2 * VlanTag.size);
      context.assign(innerTag, loadNetwork(context, data, EthernetHeader.size + VlanTag.size, 2));
      fn.jump(done);
      fn.place(short);
      context.assign(etherType, NONE);
      context.assign(tag, NONE);
      context.assign(innerTag, NONE);
      context.assign(network, data);
      context.assign(tagProtocol, 0);
      fn.jump(done);
    });
    fn.place(done);
    track(context, network, 0);
    return { etherType, network, tag, tagProtocol, innerTag, innerProtocol };
  });
}
