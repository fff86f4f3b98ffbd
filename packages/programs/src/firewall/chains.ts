import { IP_PROTOCOL } from '@hookline/packet';
import { asksForFlags, asksForPorts, type FirewallConfig, type Rule } from './firewall-config.ts';
import { type Family, familyOf } from './prefix.ts';

/** What kind of header the program has found behind IP; `other`: none that has ports, or a later fragment. */
export type Transport = 'tcp' | 'udp' | 'other';

/** A rule in a chain, with only those questions left that the chain has not answered already. */
export interface Candidate {
  readonly index: number;
  readonly rule: Rule;
  readonly source: readonly string[];
  readonly destination: readonly string[];
  /** Protocol numbers to compare with; undefined where there is nothing to compare. */
  readonly protocol: readonly number[] | undefined;
  /** In `other`: the rule takes later fragments only. */
  readonly laterFragmentsOnly: boolean;
}

const PROTOCOL_OF: Readonly<Record<Transport, number | undefined>> = {
  tcp: IP_PROTOCOL.TCP,
  udp: IP_PROTOCOL.UDP,
  other: undefined,
};

/** The rules that a packet of this family with this transport header may match, in their order. */
export function candidates(config: FirewallConfig, family: Family, transport: Transport): readonly Candidate[] {
  return config.rules.flatMap((rule, index) => {
    const source = rule.source.filter((prefix) => familyOf(prefix) === family);
    const destination = rule.destination.filter((prefix) => familyOf(prefix) === family);
    if (rule.source.length > source.length && source.length === 0) return [];
    if (rule.destination.length > destination.length && destination.length === 0) return [];

    const protocols = possibleProtocols(rule);
    const known = PROTOCOL_OF[transport];
    if (known !== undefined && protocols !== undefined && !protocols.includes(known)) return [];
    const laterFragmentsOnly = transport === 'other' && asksForPorts(rule);
    if (laterFragmentsOnly && rule.fragments === 'skip') return [];

    const protocol = known === undefined ? protocols : undefined;
    return [{ index, rule, source, destination, protocol, laterFragmentsOnly }];
  });
}

/** Undefined: any. Ports and flags narrow it to the protocols that have them. */
function possibleProtocols(rule: Rule): readonly number[] | undefined {
  const able = asksForFlags(rule)
    ? [IP_PROTOCOL.TCP]
    : asksForPorts(rule)
      ? [IP_PROTOCOL.TCP, IP_PROTOCOL.UDP]
      : undefined;
  if (able === undefined) return rule.protocol.length > 0 ? rule.protocol : undefined;
  return rule.protocol.length > 0 ? able.filter((protocol) => rule.protocol.includes(protocol)) : able;
}
