import { BlockList } from 'node:net';
import type { Limit, RateLimiterConfig } from '../src/rate-limiter/rate-limiter-config.ts';
import { canonical } from './counters-model.ts';
import { parse } from './first-match.ts';
import { TokenBucketModel } from './token-bucket-model.ts';

/** What the model says of one frame. */
export interface Judgement {
  readonly verdict: 'pass' | 'drop';
  /** The label of the counter. */
  readonly counted: string;
}

/** What the rate limiter has to do, written down once more: a bucket for each key in a map, and nobody evicted. */
export class RateLimiterModel {
  readonly #config: RateLimiterConfig;
  readonly #sources = new Map<string, TokenBucketModel>();
  readonly #services = new Map<string, TokenBucketModel>();

  constructor(config: RateLimiterConfig) {
    this.#config = config;
    for (const { name, limit } of config.services) this.#services.set(name, bucket(limit, 0));
  }

  /** @param millisecond of the clock */
  judge(frame: Uint8Array, millisecond: number): Judgement {
    const { sources, services, allow } = this.#config;
    const facts = parse(frame);
    if (facts === 'not IP') return { verdict: 'pass', counted: 'not IP' };
    if (facts === 'damaged') return { verdict: 'drop', counted: 'damaged IP' };
    if (allow.some((prefix) => holds(prefix, facts.source))) return { verdict: 'pass', counted: 'allow list' };
    if (sources) {
      const key = leadingBits(facts.source, sources.prefixLength[`ipv${facts.family}`]);
      const own = this.#sources.get(key) ?? bucket(sources.limit, millisecond);
      this.#sources.set(key, own);
      if (!own.take(millisecond, units(sources.limit, frame))) {
        return { verdict: 'drop', counted: 'source over its limit' };
      }
    }
    const destination = canonical(facts.destination);
    const [protocol, transport] = facts.tcp ? (['tcp', facts.tcp] as const) : (['udp', facts.udp] as const);
    const there = services.filter((one) => canonical(one.destination) === destination);
    const service =
      there.find(({ port }) => transport && port?.protocol === protocol && port.number === transport.destinationPort) ??
      there.find(({ port }) => port === undefined);
    if (service === undefined) return { verdict: 'pass', counted: 'within the limits, no service' };
    const passes = this.#services.get(service.name)?.take(millisecond, units(service.limit, frame));
    return passes
      ? { verdict: 'pass', counted: `service ${service.name}` }
      : { verdict: 'drop', counted: `service ${service.name}, over its limit` };
  }
}

function bucket({ perSecond, burst }: Limit, since: number): TokenBucketModel {
  return new TokenBucketModel(perSecond, burst, since);
}

function units({ unit }: Limit, frame: Uint8Array): number {
  return unit === 'packets' ? 1 : frame.length * 8;
}

/** The address in binary digits, cut. */
function leadingBits(address: string, length: number): string {
  if (!address.includes(':')) {
    const bits = address.split('.').map((byte) => Number(byte).toString(2).padStart(8, '0'));
    return `4 ${bits.join('').slice(0, length)}`;
  }
  // The parser of the model writes all eight groups out.
  const bits = address.split(':').map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0'));
  return `6 ${bits.join('').slice(0, length)}`;
}

function holds(prefix: string, address: string): boolean {
  const family = (text: string) => (text.includes(':') ? 'ipv6' : 'ipv4');
  const [network = '', length] = prefix.split('/');
  if (family(network) !== family(address)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(length), family(network));
  return list.check(address, family(address));
}
