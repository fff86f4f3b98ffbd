import { encode, type Js } from '@hookline/layout';
import { internetChecksum } from '../checksum/internet-checksum.ts';
import { ICMPV6_TYPE, Icmpv6Header } from '../headers/icmpv6.ts';
import { IP_PROTOCOL } from '../headers/ip-protocol.ts';
import { type EchoFields, echoWord } from './icmp.ts';
import { ipv6 } from './ipv6.ts';
import { concat, type Layer, type Payload, patch16, type Wishes } from './layer.ts';
import { upperSum } from './upper-sum.ts';

/**
 * An ICMPv6 message. Open fields: an echo request, the rest of the header 0, the checksum.
 *
 * @param wishes what the IPv6 header around takes where its own fields are open
 */
export function icmpv6(
  fields: Partial<Js<typeof Icmpv6Header>> = {},
  payload: Payload = '',
  wishes: Wishes = {},
): Layer {
  const header = { type: ICMPV6_TYPE.ECHO_REQUEST, code: 0, checksum: 0, restOfHeader: 0, ...fields };
  return {
    kind: 'layer',
    name: 'icmpv6',
    payload,
    protocol: IP_PROTOCOL.ICMPV6,
    wishes,
    wrap: (layer) => ipv6({}, layer),
    assemble: (inner, outer) => {
      const bytes = concat(encode(Icmpv6Header, header), inner);
      if (fields.checksum === undefined) {
        const sum = upperSum(outer, IP_PROTOCOL.ICMPV6, bytes.length);
        patch16(bytes, Icmpv6Header.offsets.checksum, internetChecksum(bytes, 0, bytes.length, sum));
      }
      return bytes;
    },
  };
}

function echo(type: number) {
  return (fields: EchoFields = {}, data: Payload = ''): Layer => {
    const { checksum } = fields;
    return icmpv6({ type, restOfHeader: echoWord(fields), ...(checksum === undefined ? {} : { checksum }) }, data);
  };
}

export const icmpv6EchoRequest: (fields?: EchoFields, data?: Payload) => Layer = echo(ICMPV6_TYPE.ECHO_REQUEST);
export const icmpv6EchoReply: (fields?: EchoFields, data?: Payload) => Layer = echo(ICMPV6_TYPE.ECHO_REPLY);

/** Destination unreachable, code 4 (port) unless given; the payload is the packet, or its beginning. */
export function icmpv6DestinationUnreachable(fields: { readonly code?: number }, original: Payload): Layer {
  return icmpv6({ type: ICMPV6_TYPE.DESTINATION_UNREACHABLE, code: fields.code ?? 4 }, original);
}

/** Packet too big for a link of `mtu` bytes; the payload is the packet, or its beginning. */
export function icmpv6PacketTooBig(fields: { readonly mtu: number }, original: Payload): Layer {
  return icmpv6({ type: ICMPV6_TYPE.PACKET_TOO_BIG, restOfHeader: fields.mtu }, original);
}

/** Hop limit exceeded (code 0) or reassembly time exceeded (code 1); the payload is the packet, or its beginning. */
export function icmpv6TimeExceeded(fields: { readonly code?: number }, original: Payload): Layer {
  return icmpv6({ type: ICMPV6_TYPE.TIME_EXCEEDED, code: fields.code ?? 0 }, original);
}
