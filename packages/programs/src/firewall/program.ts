import {
  DROP,
  type Hook,
  type Ipv4,
  type Ipv6,
  PASS,
  type Packet,
  type PacketCondition,
  repeat,
  STOP,
  type Stop,
  type Tcp,
  tc,
  type Udp,
  type Uint,
  type Verdict,
  variable,
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
}

/** A decision is the slot of its counter times two, with this bit if the packet is dropped. */
const DROP_BIT = 1;

/** The firewall for both hooks, from one body. */
export function firewallPrograms(config: FirewallConfig, maps: FirewallMaps) {
  return {
    firewall: xdp('firewall', ({ packet, ingressInterface }) => filter(packet, ingressInterface, config, maps)),
    firewallTc: tc('firewall_tc', (context) => filter(context.packet, context.interface, config, maps)),
  };
}

function filter(packet: Packet, arrival: Uint<'u32'>, config: FirewallConfig, maps: FirewallMaps): Verdict<Hook> {
  const interfaces = interfacesOf(config);
  const decision = variable(u32, 0);

  // One exit for all rules: to count and return in each of them would take the program to the reach of its jumps.
  const decide = (slot: number, action: Action): Stop => {
    decision.set(slot * 2 + (action === 'drop' ? DROP_BIT : 0));
    return STOP;
  };
  const decideBy = (what: Catch, action: Action): Stop => decide(slotOf(config, what), action);

  /** The rules that are left for a packet of which so much is known, one after the other. */
  const chain = (family: Family, transport: Transport, subject: Subject): Stop => {
    for (const candidate of candidates(config, family, transport)) {
      const { index, rule } = candidate;
      const match = all(questions(candidate, subject));
      if (rule.interface.length > 0) {
        const fromThere = () => when(arrivedBy(rule), () => decide(index, rule.action));
        // Only now does the program look the interfaces up, which costs more than all other questions.
        if (match) when(match, () => void fromThere());
        else fromThere();
      } else if (match) {
        when(match, () => decide(index, rule.action));
      } else {
        return decide(index, rule.action);
      }
    }
    if (transport !== 'other') return decideBy('default', config.default);
    when(subject.ip.isLaterFragment(), () => decideBy('laterFragments', config.laterFragments));
    return decideBy('default', config.default);
  };
  // Three chains for each family: what one has established, none of its rules asks again.
  const judge = (family: Family, ip: Ip): Stop =>
    when(ip.tcp(), (ports) => chain(family, 'tcp', { ip, ports }))
      .elseWhen(ip.udp(), (ports) => chain(family, 'udp', { ip, ports }))
      .otherwise(() => chain(family, 'other', { ip, ports: undefined }));

  /** The verifier follows a number that stays in a register into every rule: this one is fetched for each anew. */
  const arrivedBy = (rule: Rule): PacketCondition =>
    arrival.oneOf(...rule.interface.map((name) => maps.interfaces.lookup(interfaces.indexOf(name)).or(0)));

  repeat(1, () =>
    when(packet.ipv4(), (ip) => {
      when(maps.blockedV4.lookup(ip.source), () => decideBy('blockList', 'drop'));
      return judge('ipv4', ip);
    })
      .elseWhen(packet.ipv6(), (ip) => {
        when(maps.blockedV6.lookup(ip.source), () => decideBy('blockList', 'drop'));
        return judge('ipv6', ip);
      })
      .otherwise(() => {
        when(packet.etherType.oneOf(ETHER_TYPE.IPV4, ETHER_TYPE.IPV6), () => decideBy('damaged', 'drop'));
        return decideBy('nonIp', config.nonIp);
      }),
  );

  countPacket(maps.counters, decision.shiftRight(1), packet.length);
  return when(decision.hasAny(DROP_BIT), () => DROP).otherwise(() => PASS);
}

/** What a rule asks that its chain does not know yet; all must hold. Those that cost least come first. */
function questions(candidate: Candidate, { ip, ports }: Subject): readonly PacketCondition[] {
  const { rule, source, destination, protocol, laterFragmentsOnly } = candidate;
  return [
    ...(protocol ? [ip.protocol.oneOf(...protocol)] : []),
    ...(laterFragmentsOnly ? [ip.isLaterFragment()] : []),
    ...(ports ? portQuestions(rule, ports) : []),
    ...(source.length > 0 ? [ip.source.in(...source)] : []),
    ...(destination.length > 0 ? [ip.destination.in(...destination)] : []),
  ];
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

/** All of them; undefined where there are none. */
function all(questions: readonly PacketCondition[]): PacketCondition | undefined {
  const [first, ...others] = questions;
  return first && others.reduce((both, next) => both.and(next), first);
}
