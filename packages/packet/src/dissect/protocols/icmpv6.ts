import { ETHER_TYPE } from '../../headers/ether-type.ts';
import {
  ICMPV6_TYPE,
  Icmpv6EchoHeader,
  Icmpv6Header,
  NeighborAdvertisementHeader,
  NeighborSolicitationHeader,
} from '../../headers/icmpv6.ts';
import { IP_PROTOCOL } from '../../headers/ip-protocol.ts';
import { type OptionStyle, readOptions } from '../options.ts';
import { verifyWithPseudoHeader } from '../verify.ts';
import { after, type Dissector, readHeader, type Step, type View } from '../view.ts';

/** Options of neighbour discovery (RFC 4861 section 4.6). */
const OPTIONS: OptionStyle = {
  single: new Set(),
  size: (length) => length * 8,
  names: {
    1: 'sourceLinkLayerAddress',
    2: 'targetLinkLayerAddress',
    3: 'prefixInformation',
    4: 'redirectedHeader',
    5: 'mtu',
  },
};

/** The largest type of an error message (RFC 4443 section 2.1); errors quote the packet they are about. */
const LAST_ERROR = 127;

const NAMES: Readonly<Record<number, string>> = {
  [ICMPV6_TYPE.DESTINATION_UNREACHABLE]: 'destination unreachable',
  [ICMPV6_TYPE.PACKET_TOO_BIG]: 'packet too big',
  [ICMPV6_TYPE.TIME_EXCEEDED]: 'time exceeded',
  [ICMPV6_TYPE.PARAMETER_PROBLEM]: 'parameter problem',
  [ICMPV6_TYPE.ECHO_REQUEST]: 'echo request',
  [ICMPV6_TYPE.ECHO_REPLY]: 'echo reply',
  [ICMPV6_TYPE.ROUTER_SOLICITATION]: 'router solicitation',
  [ICMPV6_TYPE.ROUTER_ADVERTISEMENT]: 'router advertisement',
  [ICMPV6_TYPE.REDIRECT]: 'redirect',
};

function echo(view: View, name: string): Step {
  const { layer, header } = readHeader('icmpv6', Icmpv6EchoHeader, view);
  if (!header) return { layer };
  const { identifier, sequenceNumber } = header;
  const text = `ICMP6, ${name}, id ${identifier}, seq ${sequenceNumber}, length ${view.claimedEnd - view.start}`;
  return { layer, line: { text }, rest: after(view, layer.length) };
}

function neighbor(
  view: View,
  layout: typeof NeighborSolicitationHeader | typeof NeighborAdvertisementHeader,
  describe: (target: string) => string,
): Step {
  const { layer, header } = readHeader('icmpv6', layout, view);
  if (!header) return { layer };
  readOptions(layer, view, view.claimedEnd, OPTIONS);
  const text = `ICMP6, ${describe(header.target)}, length ${view.claimedEnd - view.start}`;
  return { layer, line: { text }, rest: after(view, layer.length) };
}

/** Messages with a shape of their own. */
const SHAPES: Readonly<Record<number, (view: View) => Step>> = {
  [ICMPV6_TYPE.ECHO_REQUEST]: (view) => echo(view, 'echo request'),
  [ICMPV6_TYPE.ECHO_REPLY]: (view) => echo(view, 'echo reply'),
  [ICMPV6_TYPE.NEIGHBOR_SOLICITATION]: (view) =>
    neighbor(view, NeighborSolicitationHeader, (target) => `neighbor solicitation, who has ${target}`),
  [ICMPV6_TYPE.NEIGHBOR_ADVERTISEMENT]: (view) =>
    neighbor(view, NeighborAdvertisementHeader, (target) => `neighbor advertisement, tgt is ${target}`),
};

function other(view: View): Step {
  const { layer, header } = readHeader('icmpv6', Icmpv6Header, view);
  if (!header) return { layer };
  const { type, code } = header;
  const what = `${NAMES[type] ?? `type ${type}`}${code === 0 ? '' : `, code ${code}`}`;
  const line = { text: `ICMP6, ${what}, length ${view.claimedEnd - view.start}` };
  const rest = after(view, layer.length);
  if (type > LAST_ERROR) return { layer, line, rest };
  return {
    layer,
    line,
    rest: { ...rest, quoted: true, partial: true },
    next: { table: 'etherType', key: ETHER_TYPE.IPV6 },
  };
}

export const icmpv6: Dissector = {
  name: 'icmpv6',
  dissect(view) {
    const type = view.start < view.end ? (view.bytes[view.start] as number) : -1;
    const step = (SHAPES[type] ?? other)(view);
    if (step.rest) step.layer.checksum = verifyWithPseudoHeader(view, IP_PROTOCOL.ICMPV6, view.end);
    return step;
  },
};
