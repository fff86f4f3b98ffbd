import { type Ipv4, type Ipv6, PASS, type Packet, type PacketCondition, when } from '@hookline/builder';
import { ETHER_TYPE, IP_PROTOCOL } from '@hookline/packet';
import { countPacket } from '../counts.ts';
import { countingService } from './counting-service.ts';

const { TCP, UDP, ICMP, ICMPV6 } = IP_PROTOCOL;

/** Protocols behind either IP, in the order of their rows. */
const UPPER: readonly { readonly label: string; readonly is: (ip: Ipv4 | Ipv6) => PacketCondition }[] = [
  { label: 'TCP', is: (ip) => ip.protocol.eq(TCP) },
  { label: 'UDP', is: (ip) => ip.protocol.eq(UDP) },
  { label: 'ICMP', is: (ip) => ip.protocol.oneOf(ICMP, ICMPV6) },
];
const OTHERS = ['other IP', 'ARP', 'everything else'] as const;
const labels = [...UPPER.map(({ label }) => label), ...OTHERS];
const slotOf = (label: (typeof OTHERS)[number]): number => labels.indexOf(label);

/** Counts by protocol what comes in, and passes it; fragments count for the protocol that they belong to. */
export const count = countingService({
  name: 'count',
  summary: 'Passes every packet and counts TCP, UDP, ICMP, other IP, ARP and the rest.',
  rows: labels.map((label) => ({ label, action: 'pass' })),
  body: (packet: Packet, length, counters) => {
    const countAs = (slot: number) => {
      countPacket(counters, slot, length);
      return PASS;
    };
    const countIp = (ip: Ipv4 | Ipv6) => {
      for (const [slot, { is }] of UPPER.entries()) when(is(ip), () => countAs(slot));
      return countAs(slotOf('other IP'));
    };
    return when(packet.ipv4(), countIp)
      .elseWhen(packet.ipv6(), countIp)
      .otherwise(() => {
        when(packet.etherType.eq(ETHER_TYPE.ARP), () => countAs(slotOf('ARP')));
        return countAs(slotOf('everything else'));
      });
  },
});
