import { encode, type Js } from '@hookline/layout';
import { udpChecksum } from '../checksum/internet-checksum.ts';
import { IP_PROTOCOL } from '../headers/ip-protocol.ts';
import { UdpHeader } from '../headers/udp.ts';
import { ipv4 } from './ipv4.ts';
import { concat, isLayer, type Layer, type Payload, patch16 } from './layer.ts';
import { upperSum } from './upper-sum.ts';

/** A UDP datagram. Open fields: from port 49152 to port 9 (discard; 4789 around VXLAN), length and checksum. */
export function udp(fields: Partial<Js<typeof UdpHeader>> = {}, payload: Payload = ''): Layer {
  const wished = isLayer(payload) ? payload.wishes?.destinationPort : undefined;
  const header = { sourcePort: 49152, destinationPort: wished ?? 9, checksum: 0, ...fields };
  return {
    kind: 'layer',
    name: 'udp',
    payload,
    protocol: IP_PROTOCOL.UDP,
    wrap: (layer) => ipv4({}, layer),
    assemble: (inner, outer) => {
      const length = UdpHeader.size + inner.length;
      const bytes = concat(encode(UdpHeader, { length, ...header }), inner);
      if (fields.checksum === undefined) {
        const sum = upperSum(outer, IP_PROTOCOL.UDP, bytes.length);
        patch16(bytes, UdpHeader.offsets.checksum, udpChecksum(bytes, 0, bytes.length, sum));
      }
      return bytes;
    },
  };
}
