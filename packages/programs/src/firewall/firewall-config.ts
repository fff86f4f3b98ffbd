/** What happens to a packet. */
export type Action = 'pass' | 'drop';

/** Both ends belong to it. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/**
 * One line of the rule list. A list that is empty asks for nothing; all that is asked for must hold.
 */
export interface Rule {
  /** Unique; what the report calls it. */
  readonly name: string;
  readonly action: Action;
  /** Prefixes of either family; the source address lies in one of them. */
  readonly source: readonly string[];
  readonly destination: readonly string[];
  /** IP protocol numbers; of IPv6 what follows the extension headers. */
  readonly protocol: readonly number[];
  readonly sourcePort: readonly PortRange[];
  readonly destinationPort: readonly PortRange[];
  /** Bits of the TCP header's flags that are 1, and bits that are 0. */
  readonly flags: { readonly set: number; readonly clear: number };
  /** Interfaces the packet came in by: names from `interfaces`, or their numbers. */
  readonly interface: readonly (string | number)[];
  /** Whether a rule that asks for ports or flags takes a later fragment, which has neither, for one of its own. */
  readonly fragments: 'match' | 'skip';
}

/** The firewall's configuration, checked and with every default filled in. */
export interface FirewallConfig {
  /** For packets that no rule matches. */
  readonly default: Action;
  /** For frames that are neither IPv4 nor IPv6 (ARP, LLDP, ...). */
  readonly nonIp: Action;
  /** For fragments other than the first that no rule matches. */
  readonly laterFragments: Action;
  /** Sources that are dropped before any rule is asked; the control plane changes it at run time. */
  readonly blockList: readonly string[];
  /** The numbers of the interfaces that rules name. */
  readonly interfaces: Readonly<Record<string, number>>;
  /** The first that matches decides. */
  readonly rules: readonly Rule[];
}

/** Rules are compiled one after the other: with more of them the program outgrows the kernel's verifier. */
export const MAX_RULES = 200;
/** Prefixes and port ranges of all rules together, for the same reason. */
export const MAX_TERMS = 1000;
/** Entries of the block list, for each family. */
export const MAX_BLOCKED = 10_000;

/** Different interfaces that rules may name. */
export const MAX_INTERFACES = 32;

/** Whether a rule asks for something that only a TCP or UDP header can answer. */
export function asksForPorts(rule: Rule): boolean {
  return rule.sourcePort.length > 0 || rule.destinationPort.length > 0 || asksForFlags(rule);
}

export function asksForFlags(rule: Rule): boolean {
  return rule.flags.set !== 0 || rule.flags.clear !== 0;
}
