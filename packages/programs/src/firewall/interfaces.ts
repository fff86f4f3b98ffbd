import { ConfigError } from '../config/config-error.ts';
import type { FirewallConfig } from './firewall-config.ts';

/** The distinct interfaces that rules name, in the order of their slots in the map. */
export function interfacesOf(config: FirewallConfig): readonly (string | number)[] {
  return [...new Set(config.rules.flatMap((rule) => rule.interface))];
}

/**
 * Their numbers, in the same order.
 *
 * @throws ConfigError where a rule names an interface whose number nobody gave
 */
export function interfaceNumbers(config: FirewallConfig): readonly number[] {
  return interfacesOf(config).map((name) => numberOf(name, config));
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
