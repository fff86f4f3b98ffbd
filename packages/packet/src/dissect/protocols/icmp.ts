import { ETHER_TYPE } from '../../headers/ether-type.ts';
import { ICMP_TYPE, IcmpEchoHeader, IcmpHeader } from '../../headers/icmp.ts';
import { verifyPlain } from '../verify.ts';
import { after, type Dissector, readHeader } from '../view.ts';

const NAMES: Readonly<Record<number, string>> = {
  [ICMP_TYPE.ECHO_REPLY]: 'echo reply',
  [ICMP_TYPE.DESTINATION_UNREACHABLE]: 'destination unreachable',
  [ICMP_TYPE.SOURCE_QUENCH]: 'source quench',
  [ICMP_TYPE.REDIRECT]: 'redirect',
  [ICMP_TYPE.ECHO_REQUEST]: 'echo request',
  [ICMP_TYPE.ROUTER_ADVERTISEMENT]: 'router advertisement',
  [ICMP_TYPE.ROUTER_SOLICITATION]: 'router solicitation',
  [ICMP_TYPE.TIME_EXCEEDED]: 'time exceeded',
  [ICMP_TYPE.PARAMETER_PROBLEM]: 'parameter problem',
  [ICMP_TYPE.TIMESTAMP_REQUEST]: 'timestamp request',
  [ICMP_TYPE.TIMESTAMP_REPLY]: 'timestamp reply',
};
const ECHO: ReadonlySet<number> = new Set([ICMP_TYPE.ECHO_REPLY, ICMP_TYPE.ECHO_REQUEST]);
/** Messages that quote the packet they are about (RFC 792). */
const QUOTING: ReadonlySet<number> = new Set([
  ICMP_TYPE.DESTINATION_UNREACHABLE,
  ICMP_TYPE.SOURCE_QUENCH,
  ICMP_TYPE.REDIRECT,
  ICMP_TYPE.TIME_EXCEEDED,
  ICMP_TYPE.PARAMETER_PROBLEM,
]);

export const icmp: Dissector = {
  name: 'icmp',
  dissect(view) {
    const type = view.bytes[view.start];
    const echo = type !== undefined && view.start < view.end && ECHO.has(type);
    const length = view.claimedEnd - view.start;
    const checksum = verifyPlain(view, view.start, view.end);
    if (echo) {
      const { layer, header } = readHeader('icmp', IcmpEchoHeader, view);
      if (!header) return { layer };
      layer.checksum = checksum;
      const { identifier, sequenceNumber } = header;
      const text = `ICMP ${NAMES[type]}, id ${identifier}, seq ${sequenceNumber}, length ${length}`;
      return { layer, line: { text }, rest: after(view, layer.length) };
    }
    const { layer, header } = readHeader('icmp', IcmpHeader, view);
    if (!header) return { layer };
    layer.checksum = checksum;
    const code = header.code === 0 ? '' : `, code ${header.code}`;
    const line = { text: `ICMP ${NAMES[header.type] ?? `type ${header.type}`}${code}, length ${length}` };
    const rest = after(view, layer.length);
    if (!QUOTING.has(header.type)) return { layer, line, rest };
    return {
      layer,
      line,
      rest: { ...rest, quoted: true, partial: true },
      next: { table: 'etherType', key: ETHER_TYPE.IPV4 },
    };
  },
};
