import { ConfigError } from '../config/config-error.ts';
import type { FirewallConfig } from './firewall-config.ts';

/** The distinct interfaces that rules name, in the order of their bits in the map. */
export function interfacesOf(config: FirewallConfig): readonly (string | number)[] {
  return [...new Set(config.rules.flatMap((rule) => rule.interface))];
}

/**
 * What the map of interfaces holds: by number, the bits of all names that it has.
 *
 * @throws ConfigError where a rule names an interface whose number nobody gave
 */
export function interfaceEntries(config: FirewallConfig): ReadonlyMap<number, number> {
  const entries = new Map<number, number>();
  for (const [bit, name] of interfacesOf(config).entries()) {
    const number = numberOf(name, config);
    entries.set(number, ((entries.get(number) ?? 0) | (1 << bit)) >>> 0);
  }
  return entries;
}

/** A configuration whose interfaces have the numbers that they have on a host; numbers that are given stay. */
export function withInterfaces(
  config: FirewallConfig,
  devices: readonly { readonly name: string; readonly ifindex: number }[],
): FirewallConfig {
  const found = Object.fromEntries(devices.map(({ name, ifindex }) => [name, ifindex]));
  return { ...config, interfaces: { ...found, ...config.interfaces } };
}

function numberOf(name: string | number, { interfaces }: FirewallConfig): number {
  if (typeof name === 'number') return name;
  const number = Object.hasOwn(interfaces, name) ? interfaces[name] : undefined;
  if (number === undefined) {
    throw new ConfigError(`A rule names '${name}', whose number is not known: add a line '${name}: <number>' here.`, {
      path: ['interfaces'],
    });
  }
  return number;
}
