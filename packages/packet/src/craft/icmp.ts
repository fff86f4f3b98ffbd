import { decode, encode, type Js } from '@hookline/layout';
import { internetChecksum } from '../checksum/internet-checksum.ts';
import { ICMP_TYPE, IcmpDestinationUnreachableHeader, IcmpEchoHeader, IcmpHeader } from '../headers/icmp.ts';
import { IP_PROTOCOL } from '../headers/ip-protocol.ts';
import { ipv4 } from './ipv4.ts';
import { concat, type Layer, type Payload, patch16 } from './layer.ts';

/** An ICMP message. Open fields: an echo request, the rest of the header 0, the checksum. */
export function icmp(fields: Partial<Js<typeof IcmpHeader>> = {}, payload: Payload = ''): Layer {
  const header = { type: ICMP_TYPE.ECHO_REQUEST, code: 0, checksum: 0, restOfHeader: 0, ...fields };
  return {
    kind: 'layer',
    name: 'icmp',
    payload,
    protocol: IP_PROTOCOL.ICMP,
    wrap: (layer) => ipv4({}, layer),
    assemble: (inner) => {
      const bytes = concat(encode(IcmpHeader, header), inner);
      if (fields.checksum === undefined) patch16(bytes, IcmpHeader.offsets.checksum, internetChecksum(bytes));
      return bytes;
    },
  };
}

export interface EchoFields {
  readonly identifier?: number;
  readonly sequenceNumber?: number;
  readonly checksum?: number;
}

/** The identifier and the sequence number as ICMP and ICMPv6 hold them, in one word. */
export function echoWord({ identifier = 1, sequenceNumber = 1 }: EchoFields): number {
  const bytes = encode(IcmpEchoHeader, { type: 0, code: 0, checksum: 0, identifier, sequenceNumber });
  return decode(IcmpHeader, bytes).restOfHeader;
}

function echo(type: number) {
  return (fields: EchoFields = {}, data: Payload = ''): Layer => {
    const { checksum } = fields;
    return icmp({ type, restOfHeader: echoWord(fields), ...(checksum === undefined ? {} : { checksum }) }, data);
  };
}

export const icmpEchoRequest: (fields?: EchoFields, data?: Payload) => Layer = echo(ICMP_TYPE.ECHO_REQUEST);
export const icmpEchoReply: (fields?: EchoFields, data?: Payload) => Layer = echo(ICMP_TYPE.ECHO_REPLY);

/**
 * Destination unreachable: the payload is the packet that could not be delivered, or its beginning.
 *
 * @param fields `code` 3 (port unreachable) unless given; `nextHopMtu` belongs to code 4 (RFC 1191)
 */
export function icmpDestinationUnreachable(
  fields: { readonly code?: number; readonly nextHopMtu?: number },
  original: Payload,
): Layer {
  const { code = 3, nextHopMtu = 0 } = fields;
  const type = ICMP_TYPE.DESTINATION_UNREACHABLE;
  const header = encode(IcmpDestinationUnreachableHeader, { type, code, checksum: 0, unused: 0, nextHopMtu });
  return icmp({ type, code, restOfHeader: decode(IcmpHeader, header).restOfHeader }, original);
}

/** Time exceeded in transit (code 0) or in reassembly (code 1); the payload is the packet, or its beginning. */
export function icmpTimeExceeded(fields: { readonly code?: number }, original: Payload): Layer {
  return icmp({ type: ICMP_TYPE.TIME_EXCEEDED, code: fields.code ?? 0 }, original);
}
