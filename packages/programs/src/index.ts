export { ConfigError, type ConfigPlace } from './config/config-error.ts';
export { readConfig } from './config/read-config.ts';
export type { FirewallControl } from './firewall/control.ts';
export type { Action, FirewallConfig, PortRange, Rule } from './firewall/firewall-config.ts';
export { withInterfaces } from './firewall/interfaces.ts';
export { type AnyService, loadService, type ShippedService, services, UnknownServiceError } from './services.ts';
export type { CountingControl, CountingService } from './simple/counting-service.ts';
