import type { Service } from '@hookline/bpf';
import { suggest } from './config/closest-name.ts';

/** A service whose types its user does not know. */
export type AnyService = Service<unknown, unknown>;

/** What one may know of a shipped program before it is imported. */
export interface ShippedService {
  /** What `--program` takes. */
  readonly name: string;
  /** One sentence for lists. */
  readonly summary: string;
  /** Imports its module: only what is used is loaded. */
  load(): Promise<AnyService>;
}

/** The programs that ship. */
export const services: readonly ShippedService[] = [
  {
    name: 'firewall',
    summary: 'Passes or drops by ordered rules, the first that matches; with a block list and counters.',
    load: async () => (await import('./firewall/firewall.ts')).firewall,
  },
  {
    name: 'load-balancer',
    summary: 'Spreads TCP and UDP services over backends by Maglev hashing, by MAC rewrite or through tunnels.',
    load: async () => (await import('./load-balancer/load-balancer.ts')).loadBalancer,
  },
  {
    name: 'decapsulate',
    summary: "Takes the load balancer's outer headers off, on a backend.",
    load: async () => (await import('./load-balancer/decapsulate.ts')).decapsulate,
  },
  {
    name: 'count',
    summary: 'Passes every packet and counts TCP, UDP, ICMP, other IP, ARP and the rest.',
    load: async () => (await import('./simple/count.ts')).count,
  },
  {
    name: 'counters',
    summary: 'Passes every packet; counts protocols, ports, prefixes, TCP flags, flows, sizes and gaps.',
    load: async () => (await import('./counters/counters.ts')).counters,
  },
  {
    name: 'rate-limiter',
    summary: 'Holds sources and services to packets or bits a second, with one bucket over all queues.',
    load: async () => (await import('./rate-limiter/rate-limiter.ts')).rateLimiter,
  },
  {
    name: 'syn-guard',
    summary: 'Holds SYNs to a flooded port back until they are sent again.',
    load: async () => (await import('./syn-guard/syn-guard.ts')).synGuard,
  },
  {
    name: 'pass-all',
    summary: 'Passes and counts every packet.',
    load: async () => (await import('./simple/pass-all.ts')).passAll,
  },
  {
    name: 'drop-all',
    summary: 'Drops and counts every packet.',
    load: async () => (await import('./simple/drop-all.ts')).dropAll,
  },
];

/** No program of this name ships. */
export class UnknownServiceError extends Error {
  readonly code = 'PROGRAM_UNKNOWN';

  constructor(wrong: string) {
    const names = services.map(({ name }) => name);
    super(`No program called '${wrong}' ships with Hookline: ${suggest(wrong, names)}`);
    this.name = 'UnknownServiceError';
  }
}

/** @throws UnknownServiceError with the names that there are */
export async function loadService(name: string): Promise<AnyService> {
  const shipped = services.find((one) => one.name === name);
  if (shipped === undefined) throw new UnknownServiceError(name);
  return shipped.load();
}
