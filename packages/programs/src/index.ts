export { ConfigError, type ConfigPlace } from './config/config-error.ts';
export { readConfig } from './config/read-config.ts';
export type { CountersControl } from './counters/control.ts';
export type {
  Buckets,
  CountersConfig,
  FlowCounters,
  PortCounters,
  PrefixCounters,
} from './counters/counters-config.ts';
export type { Flow, NewFlow } from './counters/flow-table.ts';
export type { Bucket } from './counters/histogram.ts';
export type { CounterTables } from './counters/tables.ts';
export type { FirewallControl } from './firewall/control.ts';
export type { Action, FirewallConfig, PortRange, Rule } from './firewall/firewall-config.ts';
export { withInterfaces } from './firewall/interfaces.ts';
export type { LoadBalancerControl, NewBackend } from './load-balancer/control.ts';
export type { DecapsulateControl } from './load-balancer/decapsulate.ts';
export type { DecapsulateConfig } from './load-balancer/decapsulate-schema.ts';
export type {
  BackendConfig,
  BackendState,
  LoadBalancerConfig,
  Mode,
  ServiceConfig,
} from './load-balancer/load-balancer-config.ts';
export { PoolError } from './load-balancer/pool-error.ts';
export type { RateLimiterControl } from './rate-limiter/control.ts';
export type { Limit, RateLimiterConfig, ServiceLimit, SourceLimit } from './rate-limiter/rate-limiter-config.ts';
export { type AnyService, loadService, type ShippedService, services, UnknownServiceError } from './services.ts';
export type { CountingControl, CountingService } from './simple/counting-service.ts';
export type { SynGuardControl } from './syn-guard/control.ts';
export type { SynGuardConfig } from './syn-guard/syn-guard-config.ts';
