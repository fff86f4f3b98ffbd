import { ETHER_TYPE } from '../../headers/ether-type.ts';
import { LinuxSll2Header, LinuxSllHeader, LoopHeader, NullHeader } from '../../headers/link.ts';
import { after, type Dissector, draft, malformed, readHeader } from '../view.ts';

/** Numbers of AF_INET6 on Linux, NetBSD and OpenBSD, FreeBSD, macOS; AF_INET is 2 everywhere. */
const FAMILIES: Readonly<Record<number, number>> = {
  2: ETHER_TYPE.IPV4,
  10: ETHER_TYPE.IPV6,
  24: ETHER_TYPE.IPV6,
  28: ETHER_TYPE.IPV6,
  30: ETHER_TYPE.IPV6,
};

function loopback(name: string, layoutOf: (upper: number) => typeof NullHeader | typeof LoopHeader): Dissector {
  return {
    name,
    dissect(view) {
      const { bytes: all, start, end } = view;
      const upper = end - start < 4 ? 0 : ((all[start + 3] as number) << 8) | (all[start + 2] as number);
      const { layer, header } = readHeader(name, layoutOf(upper), view);
      if (!header) return { layer };
      const line = { text: `AF ${header.family}` };
      const etherType = FAMILIES[header.family];
      const rest = after(view, layer.length);
      return etherType === undefined
        ? { layer, line, rest }
        : { layer, line, rest, next: { table: 'etherType', key: etherType } };
    },
  };
}

/** The family is in the order of the machine that captured: it is small, so bits in the upper half mean the other one. */
export const nullLoopback: Dissector = loopback('null', (upper) => (upper === 0 ? NullHeader : LoopHeader));
export const loop: Dissector = loopback('loop', () => LoopHeader);

/** IP without a link header. */
export const raw: Dissector = {
  name: 'raw',
  dissect(view) {
    const layer = draft('raw', view);
    const version = view.start < view.end ? (view.bytes[view.start] as number) >> 4 : 0;
    if (version === 4) return { layer, rest: view, next: { table: 'etherType', key: ETHER_TYPE.IPV4 } };
    if (version === 6) return { layer, rest: view, next: { table: 'etherType', key: ETHER_TYPE.IPV6 } };
    malformed(layer, view.start < view.end ? `IP version ${version}` : 'no bytes');
    return { layer, line: { text: 'IP' }, rest: view };
  },
};

/** linux/if_ether.h: ETH_P_802_2, an LLC header. */
const IEEE_802_2 = 4;

/** ARPHRD_ numbers of linux/if_arp.h whose `protocolType` is no EtherType: Frame Relay, radiotap, netlink. */
const OTHER_PROTOCOLS: ReadonlySet<number> = new Set([770, 803, 824]);

function cooked(name: string, layout: typeof LinuxSllHeader | typeof LinuxSll2Header): Dissector {
  return {
    name,
    dissect(view) {
      const { layer, header } = readHeader(name, layout, view);
      if (!header) return { layer };
      const { protocolType, packetType, hardwareType } = header;
      const rest = after(view, layer.length);
      const line = { text: `cooked, type ${packetType}, ethertype 0x${protocolType.toString(16).padStart(4, '0')}` };
      if (OTHER_PROTOCOLS.has(hardwareType)) return { layer, line, rest };
      return protocolType === IEEE_802_2
        ? { layer, line, rest, next: { table: 'ieee8022', key: 0 } }
        : { layer, line, rest, next: { table: 'etherType', key: protocolType } };
    },
  };
}

export const linuxSll: Dissector = cooked('linuxSll', LinuxSllHeader);
export const linuxSll2: Dissector = cooked('linuxSll2', LinuxSll2Header);
