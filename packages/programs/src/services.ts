import type { Service } from '@hookline/bpf';
import { suggest } from './config/closest-name.ts';

/** What one may know of a shipped program before it is imported. */
interface ShippedService {
  readonly summary: string;
  /** Imports its module: only what is used is loaded. */
  load(): Promise<AnyService>;
}

/** A service whose types its user does not know. */
// biome-ignore lint/suspicious/noExplicitAny: a configuration goes from `schema.parse` to `build` unseen
export type AnyService = Service<any, unknown>;

/** The programs that ship, by the name that `--program` takes. */
export const services: Readonly<Record<string, ShippedService>> = {
  firewall: {
    summary: 'Passes or drops by ordered rules, the first that matches; with a block list and counters.',
    load: async () => (await import('./firewall/firewall.ts')).firewall as unknown as AnyService,
  },
  count: {
    summary: 'Passes every packet and counts TCP, UDP, ICMP, other IP, ARP and the rest.',
    load: async () => (await import('./simple/count.ts')).count as unknown as AnyService,
  },
  'pass-all': {
    summary: 'Passes and counts every packet.',
    load: async () => (await import('./simple/pass-all.ts')).passAll as unknown as AnyService,
  },
  'drop-all': {
    summary: 'Drops and counts every packet.',
    load: async () => (await import('./simple/drop-all.ts')).dropAll as unknown as AnyService,
  },
};

/** No program of this name ships. */
export class UnknownServiceError extends Error {
  readonly code = 'PROGRAM_UNKNOWN';

  constructor(name: string) {
    super(`No program called '${name}' ships with Hookline: ${suggest(name, Object.keys(services))}`);
    this.name = 'UnknownServiceError';
  }
}

/** @throws UnknownServiceError with the names that there are */
export async function loadService(name: string): Promise<AnyService> {
  const shipped = Object.hasOwn(services, name) ? services[name] : undefined;
  if (shipped === undefined) throw new UnknownServiceError(name);
  return shipped.load();
}
