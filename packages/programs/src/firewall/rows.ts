import type { Action, FirewallConfig } from './firewall-config.ts';

/** What a counter counts, beside the rules. */
export type Catch = 'blockList' | 'damaged' | 'nonIp' | 'laterFragments' | 'default';

const CATCHES: readonly Catch[] = ['blockList', 'damaged', 'nonIp', 'laterFragments', 'default'];

/** Slot of the counters for a rule is its index; these follow. */
export function slotOf(config: FirewallConfig, what: Catch): number {
  return config.rules.length + CATCHES.indexOf(what);
}

export function slots(config: FirewallConfig): number {
  return config.rules.length + CATCHES.length;
}

/** Labels and actions of all counters, in the order of their slots. */
export function labels(config: FirewallConfig): readonly { readonly label: string; readonly action: Action }[] {
  const catches: Readonly<Record<Catch, { readonly label: string; readonly action: Action }>> = {
    blockList: { label: 'block list', action: 'drop' },
    // Neither Linux nor anyone else takes such a packet (net/ipv4/ip_input.c ip_rcv_core).
    damaged: { label: 'damaged IP', action: 'drop' },
    nonIp: { label: 'not IP', action: config.nonIp },
    laterFragments: { label: 'other later fragments', action: config.laterFragments },
    default: { label: 'default', action: config.default },
  };
  return [
    ...config.rules.map(({ name, action }, i) => ({ label: `rule ${i + 1}: ${name}`, action })),
    ...CATCHES.map((what) => catches[what]),
  ];
}
