import {
  type Hook,
  type Ipv4,
  type Ipv6,
  PASS,
  type Packet,
  tc,
  time,
  type Uint,
  type Verdict,
  variable,
  when,
  xdp,
} from '@hookline/builder';
import { u16, u32, u64 } from '@hookline/layout';
import { ETHER_TYPE, IP_PROTOCOL } from '@hookline/packet';
import { countPacket } from '../counts.ts';
import type { CountersConfig } from './counters-config.ts';
import { countFlow, type FlowSubject } from './flow-counting.ts';
import { countValue } from './histogram.ts';
import type { CountersMaps } from './maps.ts';
import { countPorts } from './port-counting.ts';
import { protocolSlot, singleSlot } from './slots.ts';

/** The counters for both hooks, from one body. What is switched off leaves no instruction behind. */
export function countersPrograms(config: CountersConfig, maps: CountersMaps) {
  return {
    counters: xdp('counters', ({ packet }) => countAll(packet, config, maps)),
    countersTc: tc('counters_tc', ({ packet }) => countAll(packet, config, maps)),
  };
}

function countAll(packet: Packet, config: CountersConfig, maps: CountersMaps): Verdict<Hook> {
  const length = packet.length.as(u32);
  countPacket(maps.singles, singleSlot('all packets'), length);
  if (config.sizes !== false) countValue(maps.sizes, config.sizes, length.as(u64));
  const now = config.flows !== false || config.interArrival !== false ? time() : undefined;
  if (now && config.interArrival !== false) countGap(now, config, maps);
  if (!looksBehindEthernet(config)) return PASS;

  when(packet.ipv4(), (ip) => {
    if (config.prefixes) {
      countPrefix(maps, maps.sourceV4.lookup(ip.source), length);
      countPrefix(maps, maps.destinationV4.lookup(ip.destination), length);
    }
    countIp(ip, { version: 4, ip });
  })
    .elseWhen(packet.ipv6(), (ip) => {
      if (config.prefixes) {
        countPrefix(maps, maps.sourceV6.lookup(ip.source), length);
        countPrefix(maps, maps.destinationV6.lookup(ip.destination), length);
      }
      countIp(ip, { version: 6, ip });
    })
    .otherwise(() => {
      if (!config.protocols) return;
      const slot = variable(u32, protocolSlot('not IP'));
      when(packet.etherType.eq(ETHER_TYPE.ARP), () => slot.set(protocolSlot('ARP')));
      when(packet.etherType.oneOf(ETHER_TYPE.IPV4, ETHER_TYPE.IPV6), () => slot.set(protocolSlot('damaged IP')));
      countPacket(maps.protocols, slot, length);
    });
  return PASS;

  function countIp(ip: Ipv4 | Ipv6, network: FlowSubject['network']): void {
    if (config.protocols) countPacket(maps.protocols, ip.protocol, length);
    if (!config.tcpFlags && !config.ports && !config.flows) return;
    const sourcePort = variable(u16, 0);
    const destinationPort = variable(u16, 0);
    when(ip.tcp(), (tcp) => {
      if (config.tcpFlags) countPacket(maps.tcpFlags, tcp.flags, length);
      if (config.ports) countPorts(config.ports, maps, IP_PROTOCOL.TCP, tcp, length);
      sourcePort.set(tcp.sourcePort);
      destinationPort.set(tcp.destinationPort);
    }).elseWhen(ip.udp(), (udp) => {
      if (config.ports) countPorts(config.ports, maps, IP_PROTOCOL.UDP, udp, length);
      sourcePort.set(udp.sourcePort);
      destinationPort.set(udp.destinationPort);
    });
    if (config.flows && now) {
      const subject = { network, protocol: ip.protocol, sourcePort, destinationPort, length, now };
      countFlow(config.flows, maps, subject);
    }
  }
}

function looksBehindEthernet({ protocols, tcpFlags, ports, prefixes, flows }: CountersConfig): boolean {
  return protocols || tcpFlags || ports !== false || prefixes !== false || flows !== false;
}

function countPrefix(maps: CountersMaps, slot: ReturnType<CountersMaps['sourceV4']['lookup']>, length: Uint<'u32'>) {
  when(slot, (found) => countPacket(maps.prefixes, found, length));
}

/** The first packet has no gap. */
function countGap(now: Uint<'u64'>, { interArrival }: CountersConfig, maps: CountersMaps): void {
  when(maps.lastArrival.lookup(0), (arrival) => {
    const last = arrival.exchange(now);
    // A packet of another CPU may have read its clock later and been here earlier: there is no time between the two.
    when(last.ne(0), () => {
      const gap = variable(u64, 0);
      when(now.gt(last), () => gap.set(now.minus(last)));
      countValue(maps.interArrival, interArrival, gap);
    });
  });
}
