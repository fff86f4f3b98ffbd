import { array, lpmTrie } from '@hookline/builder';
import { ipv4Prefix, ipv6Prefix, u32 } from '@hookline/layout';
import { counterMap } from '../counts.ts';
import { type FirewallConfig, MAX_BLOCKED, MAX_INTERFACES } from './firewall-config.ts';
import { slots } from './rows.ts';

/** The firewall's maps; the number of counters is that of the configuration. */
export function firewallMaps(config: FirewallConfig) {
  return {
    /** By slot (rows.ts): the rules in their order, then the ways past them. */
    counters: counterMap('fw_counters', slots(config)),
    /** The block list; the value is always 1. */
    blockedV4: lpmTrie('fw_blocked_v4', { key: ipv4Prefix, value: u32, maxEntries: MAX_BLOCKED }),
    blockedV6: lpmTrie('fw_blocked_v6', { key: ipv6Prefix, value: u32, maxEntries: MAX_BLOCKED }),
    /** Numbers of the interfaces that rules name, in the order of `interfacesOf`; 0 is nobody's. */
    interfaces: array('fw_interfaces', { value: u32, maxEntries: MAX_INTERFACES }),
  };
}

export type FirewallMaps = ReturnType<typeof firewallMaps>;
