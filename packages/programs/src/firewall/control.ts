import type { LoadedObject, Programs, Row } from '@hookline/bpf';
import { counterRows, resetCounters } from '../counts.ts';
import type { FirewallConfig } from './firewall-config.ts';
import { interfaceNumbers } from './interfaces.ts';
import type { FirewallMaps } from './maps.ts';
import { canonicalPrefix, familyOf } from './prefix.ts';
import { labels, slots } from './rows.ts';

/** What can be done to a firewall while it runs, in either world. */
export interface FirewallControl {
  /**
   * Drops what comes from these addresses, at once. Does nothing where the prefix is blocked already.
   *
   * @param prefix `10.0.0.0/8`, `2001:db8::1`
   * @throws Error where it is no prefix, BpfError ENOSPC where the list is full
   */
  block(prefix: string): void;
  /** Takes exactly this prefix off the list. Whether it was there. */
  unblock(prefix: string): boolean;
  /** What is blocked now, in no order. */
  blocked(): readonly string[];
  /** What each rule, and each way past them, has counted since the load or the last reset. */
  rows(): readonly Row[];
  /** Sets all counters to zero. A packet that is counted meanwhile may be lost from the count, never from the traffic. */
  reset(): void;
}

type Loaded = LoadedObject<Programs, FirewallMaps>;

/** Fills the maps from the configuration. */
export function firewallControl(loaded: Loaded, config: FirewallConfig): FirewallControl {
  const { counters, blockedV4, blockedV6, interfaces } = loaded.maps;
  const listOf = (prefix: string) => (familyOf(prefix) === 'ipv4' ? blockedV4 : blockedV6);

  const control: FirewallControl = {
    block(prefix) {
      const canonical = canonicalPrefix(prefix);
      listOf(canonical).set(canonical, 1);
    },
    unblock(prefix) {
      const canonical = canonicalPrefix(prefix);
      return listOf(canonical).delete(canonical);
    },
    blocked: () => [...blockedV4.keys(), ...blockedV6.keys()],
    rows: () => counterRows(counters, labels(config)),
    reset: () => resetCounters(counters, slots(config)),
  };

  for (const [slot, number] of interfaceNumbers(config).entries()) interfaces.set(slot, number);
  for (const prefix of config.blockList) control.block(prefix);
  return control;
}
