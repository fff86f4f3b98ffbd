import { encode, type Js } from '@hookline/layout';
import { ETHER_TYPE } from '../headers/ether-type.ts';
import { IP_PROTOCOL } from '../headers/ip-protocol.ts';
import { Ipv6Header } from '../headers/ipv6.ts';
import { ethernet, multicastMac } from './ethernet.ts';
import { carriedBy, concat, isLayer, type Layer, type Payload } from './layer.ts';

/** RFC 3692: use for experimentation and testing. What bytes without a protocol are announced as. */
const EXPERIMENTAL = 253;

/** The number in `nextHeader` for a payload; nothing at all is announced as "no next header". */
export function nextHeaderOf(payload: Payload): number {
  if (isLayer(payload)) return payload.protocol ?? EXPERIMENTAL;
  return payload.length === 0 ? IP_PROTOCOL.NO_NEXT_HEADER : EXPERIMENTAL;
}

/**
 * An IPv6 packet. Open fields: the documentation addresses 2001:db8::1 and 2001:db8::2 (RFC 3849; the destination and hop
 * limit that neighbour discovery asks for where it is the payload), hop limit 64, the payload's length and next header.
 */
export function ipv6(fields: Partial<Js<typeof Ipv6Header>> = {}, payload: Payload = ''): Layer {
  const carried = carriedBy('protocol', payload);
  const wishes = isLayer(carried) ? carried.wishes : undefined;
  const header = {
    version: 6,
    dscp: 0,
    ecn: 0,
    flowLabel: 0,
    nextHeader: nextHeaderOf(carried),
    hopLimit: wishes?.hopLimit ?? 64,
    source: '2001:db8::1',
    destination: wishes?.destination ?? '2001:db8::2',
    ...fields,
  };
  // Encoded once already here, so that a value that does not fit is refused at its author's line.
  const addresses = encode(Ipv6Header, { payloadLength: 0, ...header }).slice(Ipv6Header.offsets.source);
  const hardwareDestination = multicastMac(addresses.subarray(addresses.length / 2));
  return {
    kind: 'layer',
    name: 'ipv6',
    payload: carried,
    etherType: ETHER_TYPE.IPV6,
    protocol: IP_PROTOCOL.IPV6,
    ...(hardwareDestination === undefined ? {} : { wishes: { hardwareDestination } }),
    wrap: (layer) => ethernet({}, layer),
    scope: () => ({ addresses }),
    assemble: (inner) => concat(encode(Ipv6Header, { payloadLength: inner.length, ...header }), inner),
  };
}
