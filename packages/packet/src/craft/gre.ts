import { be16, be32, encode, type Js } from '@hookline/layout';
import { internetChecksum } from '../checksum/internet-checksum.ts';
import { ETHER_TYPE } from '../headers/ether-type.ts';
import { GreHeader } from '../headers/gre.ts';
import { IP_PROTOCOL } from '../headers/ip-protocol.ts';
import { ipv4 } from './ipv4.ts';
import { carriedBy, concat, isLayer, type Layer, type Payload, patch16 } from './layer.ts';

export interface GreFields extends Partial<Js<typeof GreHeader>> {
  /** Made where `checksumPresent` is 1; given, it also sets that bit. */
  readonly checksum?: number;
  readonly key?: number;
  readonly sequenceNumber?: number;
}

/** GRE (RFC 2784, RFC 2890) around a packet or an Ethernet frame. Each optional field that is given sets its bit. */
export function gre(fields: GreFields = {}, payload: Payload = ''): Layer {
  const { checksum, key, sequenceNumber, ...given } = fields;
  const carried = carriedBy('etherType', payload);
  const header = {
    checksumPresent: checksum === undefined ? 0 : 1,
    routingPresent: 0,
    keyPresent: key === undefined ? 0 : 1,
    sequenceNumberPresent: sequenceNumber === undefined ? 0 : 1,
    reserved: 0,
    version: 0,
    protocolType: (isLayer(carried) ? carried.etherType : undefined) ?? ETHER_TYPE.TRANSPARENT_ETHERNET,
    ...given,
  };
  return {
    kind: 'layer',
    name: 'gre',
    payload: carried,
    protocol: IP_PROTOCOL.GRE,
    wrap: (layer) => ipv4({}, layer),
    assemble: (inner) => {
      const bytes = concat(
        encode(GreHeader, header),
        header.checksumPresent ? concat(encode(be16, checksum ?? 0), new Uint8Array(2)) : new Uint8Array(),
        header.keyPresent ? encode(be32, key ?? 0) : new Uint8Array(),
        header.sequenceNumberPresent ? encode(be32, sequenceNumber ?? 0) : new Uint8Array(),
        inner,
      );
      if (header.checksumPresent && checksum === undefined) patch16(bytes, GreHeader.size, internetChecksum(bytes));
      return bytes;
    },
  };
}
