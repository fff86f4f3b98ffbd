import {
  DROP,
  type Hook,
  type Ipv4,
  type Ipv6,
  PASS,
  type Packet,
  type PacketCondition,
  type Tcp,
  tc,
  type Udp,
  type Uint,
  type Verdict,
  when,
  xdp,
} from '@hookline/builder';
import { u32 } from '@hookline/layout';
import { ETHER_TYPE } from '@hookline/packet';
import { countPacket } from '../counts.ts';
import { type Candidate, candidates, type Transport } from './chains.ts';
import type { Action, FirewallConfig, PortRange, Rule } from './firewall-config.ts';
import { interfacesOf } from './interfaces.ts';
import type { FirewallMaps } from './maps.ts';
import type { Family } from './prefix.ts';
import { type Catch, slotOf } from './rows.ts';

type Ip = Ipv4 | Ipv6;
type Ports = Tcp | Udp | undefined;

/** What rules may ask about the packet. */
interface Subject {
  readonly ip: Ip;
  readonly ports: Ports;
  /** A bit for each interface that rules name, as in the map; undefined where no rule names one. */
  readonly arrivedBy: Uint<'u32'> | undefined;
}

/** The firewall for both hooks, from one body. */
export function firewallPrograms(config: FirewallConfig, maps: FirewallMaps) {
  return {
    firewall: xdp('firewall', ({ packet, ingressInterface }) => filter(packet, ingressInterface, config, maps)),
    firewallTc: tc('firewall_tc', (context) => filter(context.packet, context.interface, config, maps)),
  };
}

function filter(packet: Packet, arrival: Uint<'u32'>, config: FirewallConfig, maps: FirewallMaps): Verdict<Hook> {
  const length = packet.length.as(u32);
  const arrivedBy = interfacesOf(config).length > 0 ? maps.interfaces.lookup(arrival).or(0) : undefined;

  const leave = (slot: number, action: Action): Verdict<Hook> => {
    countPacket(maps.counters, slot, length);
    return action === 'pass' ? PASS : DROP;
  };
  const leaveBy = (what: Catch, action: Action): Verdict<Hook> => leave(slotOf(config, what), action);

  /** The rules that are left for a packet of which so much is known, one after the other. */
  const chain = (family: Family, transport: Transport, subject: Subject): Verdict<Hook> => {
    for (const candidate of candidates(config, family, transport)) {
      const [first, ...others] = questions(candidate, subject);
      if (first === undefined) return leave(candidate.index, candidate.rule.action);
      const matches = others.reduce((all, next) => all.and(next), first);
      when(matches, () => leave(candidate.index, candidate.rule.action));
    }
    if (transport !== 'other') return leaveBy('default', config.default);
    when(subject.ip.isLaterFragment(), () => leaveBy('laterFragments', config.laterFragments));
    return leaveBy('default', config.default);
  };
  // Three chains for each family: what one has established, none of its rules asks again.
  const judge = (family: Family, ip: Ip): Verdict<Hook> =>
    when(ip.tcp(), (ports) => chain(family, 'tcp', { ip, ports, arrivedBy }))
      .elseWhen(ip.udp(), (ports) => chain(family, 'udp', { ip, ports, arrivedBy }))
      .otherwise(() => chain(family, 'other', { ip, ports: undefined, arrivedBy }));

  return when(packet.ipv4(), (ip) => {
    when(maps.blockedV4.lookup(ip.source), () => leaveBy('blockList', 'drop'));
    return judge('ipv4', ip);
  })
    .elseWhen(packet.ipv6(), (ip) => {
      when(maps.blockedV6.lookup(ip.source), () => leaveBy('blockList', 'drop'));
      return judge('ipv6', ip);
    })
    .otherwise(() => {
      when(packet.etherType.oneOf(ETHER_TYPE.IPV4, ETHER_TYPE.IPV6), () => leaveBy('damaged', 'drop'));
      return leaveBy('nonIp', config.nonIp);
    });

  /** All of them must hold. Those that cost least come first. */
  function questions(candidate: Candidate, { ip, ports, arrivedBy }: Subject): readonly PacketCondition[] {
    const { rule, source, destination, protocol, laterFragmentsOnly } = candidate;
    return [
      ...(protocol ? [ip.protocol.oneOf(...protocol)] : []),
      ...(laterFragmentsOnly ? [ip.isLaterFragment()] : []),
      ...(ports ? portQuestions(rule, ports) : []),
      ...(arrivedBy && rule.interface.length > 0 ? [arrivedBy.hasAny(interfaceBits(rule, config))] : []),
      ...(source.length > 0 ? [ip.source.in(...source)] : []),
      ...(destination.length > 0 ? [ip.destination.in(...destination)] : []),
    ];
  }
}

function portQuestions({ sourcePort, destinationPort, flags }: Rule, ports: Tcp | Udp): readonly PacketCondition[] {
  return [
    ...(destinationPort.length > 0 ? [within(ports.destinationPort, destinationPort)] : []),
    ...(sourcePort.length > 0 ? [within(ports.sourcePort, sourcePort)] : []),
    // Rules that ask for flags are in the chains of TCP only.
    ...('flags' in ports && flags.set !== 0 ? [ports.flags.hasAll(flags.set)] : []),
    ...('flags' in ports && flags.clear !== 0 ? [ports.flags.hasAny(flags.clear).not()] : []),
  ];
}

function within(port: Uint<'u16'>, ranges: readonly PortRange[]): PacketCondition {
  return ranges
    .map(({ from, to }) => (from === to ? port.eq(from) : port.between(from, to)))
    .reduce((any, next) => any.or(next));
}

function interfaceBits(rule: Rule, config: FirewallConfig): number {
  const known = interfacesOf(config);
  return rule.interface.reduce<number>((bits, name) => (bits | (1 << known.indexOf(name))) >>> 0, 0);
}
