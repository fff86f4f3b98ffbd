import { z } from 'zod';
import { wholeNumber } from '../config/numbers.ts';
import { readPrefix } from '../config/prefixes.ts';
import { switchable } from '../config/switchable.ts';
import { checkedBy, oneOrMore, read, record, show, word } from '../config/zod-schema.ts';
import { familyOf } from '../firewall/prefix.ts';
import { bucketPlan } from '../token-bucket.ts';
import {
  type Limit,
  MAX_ALLOWED,
  MAX_RATE,
  MAX_SERVICES,
  MAX_SOURCES,
  type RateLimiterConfig,
  type ServiceLimit,
} from './rate-limiter-config.ts';

function readAddress(value: unknown): string {
  const [address = '', length] = readPrefix(value).split('/');
  if (length !== (familyOf(address) === 'ipv4' ? '32' : '128')) {
    throw new Error(`${show(value)} is a network: write one address, like ${address}.`);
  }
  return address;
}

function readName(value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '' || value.length > 80) {
    throw new Error(`${show(value)} is no name: write up to 80 characters that say which service it is.`);
  }
  return value;
}

const rate = read(wholeNumber('a rate', 1, MAX_RATE));

const limit = record('limit', {
  packets: rate.optional(),
  bits: rate.optional(),
  burst: read(wholeNumber('a burst', 1, MAX_RATE)),
}).transform(({ packets, bits, burst }, context): Limit => {
  const refuse = (message: string, ...path: string[]) => {
    context.addIssue({ code: 'custom', message, path });
    return z.NEVER;
  };
  if ((packets === undefined) === (bits === undefined)) {
    return refuse('A limit counts either packets or bits: give one of the two, a second.');
  }
  const perSecond = packets ?? bits ?? 0;
  try {
    bucketPlan(perSecond, burst);
  } catch (error) {
    return refuse((error as Error).message, 'burst');
  }
  return { unit: packets === undefined ? 'bits' : 'packets', perSecond, burst };
});

const sources = record('limit of sources', {
  limit,
  ipv4: read(wholeNumber('a prefix length', 1, 32)).prefault(32),
  ipv6: read(wholeNumber('a prefix length', 1, 128)).prefault(64),
  entries: read(wholeNumber('a number of sources', 1, MAX_SOURCES)).prefault(65_536),
}).transform(({ limit, ipv4, ipv6, entries }) => ({ limit, prefixLength: { ipv4, ipv6 }, entries }));

const service = record('service', {
  name: read(readName),
  destination: read(readAddress),
  protocol: read(word('tcp', 'udp')).optional(),
  port: read(wholeNumber('a port', 0, 0xffff)).optional(),
  limit,
}).transform(({ name, destination, protocol, port, limit }, context): ServiceLimit => {
  if ((protocol === undefined) !== (port === undefined)) {
    const message = 'A protocol and a port belong together: give both, or none for all that goes to the address.';
    context.addIssue({ code: 'custom', message, path: [port === undefined ? 'protocol' : 'port'] });
    return z.NEVER;
  }
  const both = protocol !== undefined && port !== undefined;
  return { name, destination, port: both ? { protocol, number: port } : undefined, limit };
});

const services = z
  .array(service, { error: (issue) => `${show(issue.input)} is no list of services: put a dash before each.` })
  .max(MAX_SERVICES, {
    error: (issue) => `There are ${(issue.input as unknown[]).length} services: give at most ${MAX_SERVICES}.`,
  })
  .default([]);

const config = record('configuration', {
  sources: switchable(sources).prefault(false),
  services,
  allow: oneOrMore(readPrefix, 2 * MAX_ALLOWED).prefault([]),
}).superRefine((read, context) => {
  const refuse = (message: string, ...path: (string | number)[]) => context.addIssue({ code: 'custom', message, path });
  const names = new Set<string>();
  const places = new Set<string>();
  for (const [i, { name, destination, port }] of read.services.entries()) {
    if (names.has(name)) refuse(`There is a service '${name}' already: give each its own name.`, 'services', i, 'name');
    names.add(name);
    const place = `${destination} ${port?.protocol} ${port?.number}`;
    if (places.has(place)) {
      refuse('Another service has the same address and port: give one limit for them.', 'services', i, 'destination');
    }
    places.add(place);
  }
  for (const family of ['ipv4', 'ipv6'] as const) {
    const count = read.allow.filter((prefix) => familyOf(prefix) === family).length;
    if (count > MAX_ALLOWED) refuse(`There are ${count} ${family} prefixes: give at most ${MAX_ALLOWED}.`, 'allow');
  }
});

/** Reads what a file holds; `RateLimiterConfig` is what comes out, `examples/rate-limiter.yaml` shows what may go in. */
export const rateLimiterSchema = checkedBy<RateLimiterConfig>(config);
