import { IP_PROTOCOL } from '../../headers/ip-protocol.ts';
import { UdpHeader } from '../../headers/udp.ts';
import { verifyWithPseudoHeader } from '../verify.ts';
import { after, type Dissector, limited, malformed, readHeader } from '../view.ts';

export const udp: Dissector = {
  name: 'udp',
  dissect(view) {
    const { layer, header } = readHeader('udp', UdpHeader, view);
    if (!header) return { layer };
    const { sourcePort, destinationPort, checksum } = header;
    const ports = [sourcePort, destinationPort] as const;
    const available = view.claimedEnd - view.start;
    // RFC 2675 section 4: 0 in a jumbogram.
    const length = header.length === 0 ? available : header.length;
    if (length < UdpHeader.size) {
      malformed(layer, `length ${length} is less than the header`);
      return { layer, line: { ports, text: `UDP, bad length ${length}` } };
    }
    if (length > available && !view.partial) malformed(layer, `length ${length}, but ${available} bytes are left`);
    const whole = limited(view, length);
    if (checksum === 0) layer.checksum = view.ip?.version === 6 ? 'illegal' : 'absent';
    else if (length > available) layer.checksum = 'unverified';
    else layer.checksum = verifyWithPseudoHeader(whole, IP_PROTOCOL.UDP, whole.start + length);
    return {
      layer,
      line: { ports, text: `UDP, length ${length - UdpHeader.size}` },
      rest: after(whole, UdpHeader.size),
      next: { table: 'udpPort', key: destinationPort },
    };
  },
};
