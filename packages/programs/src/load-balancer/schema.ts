import { encode, mac } from '@hookline/layout';
import { IP_PROTOCOL } from '@hookline/packet';
import { z } from 'zod';
import { checkedBy, read, record, show, word } from '../config/zod-schema.ts';
import { canonicalPrefix, familyOf } from '../firewall/prefix.ts';
import {
  type BackendConfig,
  familyOfService,
  type LoadBalancerConfig,
  MAX_BACKENDS,
  MAX_CONNECTIONS,
  MAX_MTU,
  MAX_SERVER_ID,
  MAX_SERVICES,
  MAX_TABLE_SIZE,
  MAX_WEIGHT,
  MIN_MTU,
  type ServiceConfig,
} from './load-balancer-config.ts';
import { isPrime } from './maglev.ts';

const MAX_IFINDEX = 0x7fff_ffff;

/** One address in its one spelling. */
export function readAddress(value: unknown): string {
  if (typeof value !== 'string' || value.includes('/')) {
    throw new Error(`${show(value)} is no address: write one like 192.0.2.10 or 2001:db8::10.`);
  }
  return canonicalPrefix(value).split('/')[0] ?? value;
}

function readAddressOf(family: 'ipv4' | 'ipv6') {
  return (value: unknown): string => {
    const address = readAddress(value);
    if (familyOf(address) !== family) throw new Error(`${address} is of the other family: write an ${family} address.`);
    return address;
  };
}

function readMac(value: unknown): string {
  if (typeof value !== 'string') throw new Error(`${show(value)} is no MAC: write it like 02:00:00:00:00:01.`);
  const [first = 0] = encode(mac, value);
  if ((first & 1) === 1) throw new Error(`'${value}' is a group of stations: write the MAC of one.`);
  return value.toLowerCase();
}

function wholeNumber(what: string, least: number, most: number) {
  return (value: unknown): number => {
    if (!Number.isInteger(value) || Number(value) < least || Number(value) > most) {
      throw new Error(`${show(value)} is no ${what}: write a whole number, ${least} to ${most}.`);
    }
    return Number(value);
  };
}

function readTableSize(value: unknown): number {
  const size = wholeNumber('table size', 3, MAX_TABLE_SIZE)(value);
  if (!isPrime(size)) throw new Error(`${size} is no prime: write one, such as 4099 or 65537.`);
  return size;
}

function readName(value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '' || value.length > 80) {
    throw new Error(`${show(value)} is no name: write up to 80 characters that say what the service is.`);
  }
  return value;
}

function readOutput(value: unknown): 'same' | number {
  if (value === 'same') return 'same';
  if (Number.isInteger(value) && Number(value) > 0 && Number(value) <= MAX_IFINDEX) return Number(value);
  throw new Error(`${show(value)} is no way out: write same, or the number of an interface.`);
}

const readProtocol = (value: unknown): number =>
  ({ tcp: IP_PROTOCOL.TCP, udp: IP_PROTOCOL.UDP })[word('tcp', 'udp')(value)];

const backend = record('backend', {
  address: read(readAddress),
  weight: read(wholeNumber('weight', 1, MAX_WEIGHT)).prefault(1),
  mac: read(readMac).optional(),
  state: read(word('active', 'drained')).prefault('active'),
  serverId: read(wholeNumber('server ID', 1, MAX_SERVER_ID)).optional(),
}).transform(
  ({ mac, serverId, ...given }): BackendConfig => ({
    ...given,
    ...(mac === undefined ? {} : { mac }),
    ...(serverId === undefined ? {} : { serverId }),
  }),
);

const service = record('service', {
  name: read(readName),
  address: read(readAddress),
  port: read(wholeNumber('port', 1, 0xffff)),
  protocol: read(readProtocol),
  mode: read(word('direct', 'tunnel')).prefault('tunnel'),
  quic: z
    .boolean({ error: (issue) => `${show(issue.input)} is neither true nor false: write one of them.` })
    .default(false),
  backends: z
    .array(backend, { error: (issue) => `${show(issue.input)} is no list of backends: put a dash before each.` })
    .default([]),
});

const config = record('configuration', {
  tableSize: read(readTableSize).prefault(4099),
  connections: read(wholeNumber('number of connections', 1, MAX_CONNECTIONS)).prefault(65_536),
  mtu: read(wholeNumber('MTU', MIN_MTU, MAX_MTU)).prefault(1500),
  source: record('pair of sources', {
    ipv4: read(readAddressOf('ipv4')).optional(),
    ipv6: read(readAddressOf('ipv6')).optional(),
  }).prefault({}),
  gateway: read(readMac).optional(),
  output: read(readOutput).prefault('same'),
  services: z
    .array(service, { error: (issue) => `${show(issue.input)} is no list of services: put a dash before each.` })
    .max(MAX_SERVICES, {
      error: (issue) => `There are ${(issue.input as unknown[]).length} services: give at most ${MAX_SERVICES}.`,
    }),
})
  .transform(
    ({ source: { ipv4, ipv6 }, gateway, ...given }): LoadBalancerConfig => ({
      ...given,
      source: { ...(ipv4 === undefined ? {} : { ipv4 }), ...(ipv6 === undefined ? {} : { ipv6 }) },
      ...(gateway === undefined ? {} : { gateway }),
    }),
  )
  .superRefine((read, context) => {
    const refuse = (message: string, ...path: (string | number)[]) =>
      context.addIssue({ code: 'custom', message, path });
    const names = new Set<string>();
    const places = new Set<string>();
    for (const [i, one] of read.services.entries()) {
      if (names.has(one.name)) {
        refuse(`There is a service '${one.name}' already: give each its own name.`, 'services', i, 'name');
      }
      names.add(one.name);
      const place = `${one.address} ${one.port} ${one.protocol}`;
      if (places.has(place)) {
        refuse(`Another service has this address, port and protocol: give each its own.`, 'services', i, 'port');
      }
      places.add(place);
      if (one.quic && one.protocol !== IP_PROTOCOL.UDP) {
        refuse('QUIC runs over UDP: write protocol: udp, or leave quic out.', 'services', i, 'quic');
      }
      const family = familyOfService(one);
      if (one.mode === 'tunnel' && read.source[family] === undefined) {
        refuse(`The tunnels of '${one.name}' need an ${family} source: add it here.`, 'source');
      }
      for (const [j, own] of one.backends.entries()) {
        const wrong = whyNotBackend(read, one, one.backends.slice(0, j), own);
        if (wrong) refuse(wrong.reason, 'services', i, 'backends', j, wrong.key);
      }
    }
    const all = read.services.reduce((sum, { backends }) => sum + backends.length, 0);
    if (all > MAX_BACKENDS) refuse(`There are ${all} backends: give at most ${MAX_BACKENDS} in all.`, 'services');
  });

/** What stands against a backend of this service besides `others`. */
export function whyNotBackend(
  config: LoadBalancerConfig,
  service: ServiceConfig,
  others: readonly BackendConfig[],
  own: BackendConfig,
): { readonly key: keyof BackendConfig; readonly reason: string } | undefined {
  const family = familyOfService(service);
  if (familyOf(own.address) !== family) {
    return { key: 'address', reason: `${own.address} is not of the service's family: write an ${family} address.` };
  }
  if (others.some(({ address }) => address === own.address)) {
    return { key: 'address', reason: `The service has a backend ${own.address} already: raise its weight instead.` };
  }
  if (service.mode === 'direct' && own.mac === undefined) {
    return { key: 'mac', reason: `Without a tunnel ${own.address} is reached by its MAC: add a line 'mac: ...'.` };
  }
  if (own.mac === undefined && config.gateway === undefined) {
    return {
      key: 'mac',
      reason: `The next hop to ${own.address} is not known: add its 'mac', or a 'gateway' for all.`,
    };
  }
  if (own.serverId !== undefined && others.some(({ serverId }) => serverId === own.serverId)) {
    return { key: 'serverId', reason: `Another backend has the server ID ${own.serverId}: give each its own.` };
  }
  return undefined;
}

/** Reads one backend, as the control plane takes it. */
export const backendSchema = checkedBy<BackendConfig>(backend);
/** Reads what a file holds; `examples/load-balancer.yaml` shows what may go in. */
export const loadBalancerSchema = checkedBy<LoadBalancerConfig>(config);
