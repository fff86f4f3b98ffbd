import type { LoadedObject, Programs, Row } from '@hookline/bpf';
import { encode, ipv4Address, ipv6Address } from '@hookline/layout';
import { suggest } from '../config/closest-name.ts';
import { resetCounters } from '../counts.ts';
import { CATCHES } from './catches.ts';
import { outerHeaderSum } from './forward.ts';
import { type BackendConfig, familyOfService, type LoadBalancerConfig, MAX_BACKENDS } from './load-balancer-config.ts';
import { maglevTable } from './maglev.ts';
import { BACKEND_STATE, type LoadBalancerMaps } from './maps.ts';
import { PoolError } from './pool-error.ts';
import { loadBalancerRows } from './rows.ts';
import { backendSchema, whyNotBackend } from './schema.ts';

/** What `add` takes: a backend as a configuration file has it. */
export type NewBackend = Pick<BackendConfig, 'address'> & Partial<BackendConfig>;

/**
 * What can be done to a load balancer while it runs, in either world. A change moves the flows that it has to move, and
 * few others; those that are remembered stay where they are, except when their backend is removed.
 *
 * Services go by their names, backends by their addresses. Every call throws a `PoolError` where there is no such one,
 * and a `ConfigError` for a value that cannot be.
 */
export interface LoadBalancerControl {
  /** A new backend gets its share of new flows. */
  add(service: string, backend: NewBackend): void;
  /** From now on it gets no new flows, and keeps those that are remembered. */
  drain(service: string, address: string): void;
  /** The opposite of `drain`. */
  activate(service: string, address: string): void;
  /** Changes its share of new flows. */
  setWeight(service: string, address: string, weight: number): void;
  /** Gone: its flows go to others with their next packet. */
  remove(service: string, address: string): void;
  backends(service: string): readonly BackendConfig[];
  /** What services and backends have got since the load or the last reset, and what nobody got. */
  rows(): readonly Row[];
  /** Sets all counters to zero. A packet that is counted meanwhile may be lost from the count, never from the traffic. */
  reset(): void;
}

type Loaded = LoadedObject<Programs, LoadBalancerMaps>;

const NOBODY = '00:00:00:00:00:00';

/** Fills the maps from the configuration. */
export function loadBalancerControl(loaded: Loaded, config: LoadBalancerConfig): LoadBalancerControl {
  const { services4, services6, tables, backends, servers, serviceCounters, backendCounters, otherCounters } =
    loaded.maps;
  /** By slot of the service: its backends, each with its number. */
  const pools = config.services.map(() => new Map<string, { readonly number: number; own: BackendConfig }>());
  const used = new Set<number>();

  const slotOf = (name: string): number => {
    const slot = config.services.findIndex((service) => service.name === name);
    if (slot < 0) {
      const names = config.services.map((service) => service.name);
      throw new PoolError('SERVICE_UNKNOWN', `There is no service '${name}': ${suggest(name, names)}`);
    }
    return slot;
  };
  const serviceAt = (slot: number) => config.services[slot] ?? fail('SERVICE_UNKNOWN', `There is no service ${slot}.`);
  const poolAt = (slot: number) => pools[slot] ?? fail('SERVICE_UNKNOWN', `There is no service ${slot}.`);
  const find = (slot: number, address: string) =>
    poolAt(slot).get(address) ??
    fail(
      'BACKEND_UNKNOWN',
      `'${serviceAt(slot).name}' has no backend ${address}: ${suggest(address, [...poolAt(slot).keys()])}`,
    );

  /** The table of a service as its pool is now: one write, of which a reader sees each position before or after. */
  const writeTable = (slot: number): void => {
    const layout = familyOfService(serviceAt(slot)) === 'ipv4' ? ipv4Address : ipv6Address;
    const active = [...poolAt(slot).values()]
      .filter(({ own }) => own.state === 'active')
      .map(({ number, own }) => ({ number, weight: own.weight, identity: encode(layout, own.address) }))
      .toSorted((a, b) => Buffer.compare(a.identity, b.identity));
    const table = maglevTable(active, config.tableSize);
    tables.set(slot, active.length === 0 ? [...table] : Array.from(table, (index) => active[index]?.number ?? 0));
  };

  const writeBackend = (slot: number, number: number, own: BackendConfig): void => {
    const service = serviceAt(slot);
    const family = familyOfService(service);
    const [ipv4, ipv6] = family === 'ipv4' ? [own.address, '::'] : ['0.0.0.0', own.address];
    const tunnel = family === 'ipv4' && service.mode === 'tunnel';
    backends.set(number, {
      generation: backends.get(number)?.generation ?? 0,
      state: BACKEND_STATE[own.state],
      weight: own.weight,
      service: slot,
      serverId: own.serverId ?? 0,
      headerSum: tunnel
        ? outerHeaderSum(encode(ipv4Address, config.source.ipv4 ?? '0.0.0.0'), encode(ipv4Address, own.address))
        : 0,
      ipv4,
      ipv6,
      mac: own.mac ?? config.gateway ?? NOBODY,
    });
  };

  const insert = (slot: number, own: BackendConfig): void => {
    let number = 1;
    while (used.has(number)) number++;
    if (number > MAX_BACKENDS) {
      fail('BACKEND_REFUSED', `There are ${MAX_BACKENDS} backends already: remove one first.`);
    }
    used.add(number);
    poolAt(slot).set(own.address, { number, own });
    writeBackend(slot, number, own);
    if (own.serverId !== undefined) servers.set({ service: slot, serverId: own.serverId }, number);
  };

  const change = (name: string, address: string, what: Partial<BackendConfig>): void => {
    const slot = slotOf(name);
    const entry = find(slot, address);
    entry.own = backendSchema.parse({ ...entry.own, ...what });
    writeBackend(slot, entry.number, entry.own);
    writeTable(slot);
  };

  const control: LoadBalancerControl = {
    add(name, given) {
      const slot = slotOf(name);
      const own = backendSchema.parse(given);
      const others = [...poolAt(slot).values()].map((entry) => entry.own);
      const wrong = whyNotBackend(config, serviceAt(slot), others, own);
      if (wrong) fail('BACKEND_REFUSED', wrong.reason);
      insert(slot, own);
      writeTable(slot);
    },
    drain: (name, address) => change(name, address, { state: 'drained' }),
    activate: (name, address) => change(name, address, { state: 'active' }),
    setWeight: (name, address, weight) => change(name, address, { weight }),
    remove(name, address) {
      const slot = slotOf(name);
      const { number, own } = find(slot, address);
      poolAt(slot).delete(address);
      // In this order no packet meets a position whose backend is gone already.
      writeTable(slot);
      if (own.serverId !== undefined) servers.delete({ service: slot, serverId: own.serverId });
      const before = backends.get(number);
      if (before) backends.set(number, { ...before, state: BACKEND_STATE.absent, generation: before.generation + 1 });
      used.delete(number);
    },
    backends: (name) => [...poolAt(slotOf(name)).values()].map(({ own }) => own),
    rows: () =>
      loadBalancerRows(
        loaded,
        config,
        [...used].toSorted((a, b) => a - b),
      ),
    reset() {
      resetCounters(serviceCounters, config.services.length);
      resetCounters(backendCounters, Math.max(0, ...used) + 1);
      resetCounters(otherCounters, CATCHES.length);
    },
  };

  for (const [slot, { address, port, protocol, mode, quic, backends: pool }] of config.services.entries()) {
    for (const own of pool) insert(slot, own);
    writeTable(slot);
    const services = address.includes(':') ? services6 : services4;
    const value = { slot, direct: mode === 'direct' ? 1 : 0, quic: quic ? 1 : 0 };
    services.set({ address, port, protocol, reserved: 0 }, value);
    services.set({ address, port: 0, protocol: 0, reserved: 0 }, value);
  }
  if (config.output !== 'same') loaded.maps.output.set(0, config.output);
  return control;
}

function fail(code: PoolError['code'], message: string): never {
  throw new PoolError(code, message);
}
