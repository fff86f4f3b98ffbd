import {
  DROP,
  type Hook,
  type Ipv4,
  type Ipv6,
  type Maybe,
  type Operand,
  PASS,
  type Packet,
  type Place,
  repeat,
  STOP,
  type Stop,
  tc,
  time,
  type Uint,
  type Verdict,
  variable,
  when,
  xdp,
} from '@hookline/builder';
import { u32, u64 } from '@hookline/layout';
import { ETHER_TYPE, IP_PROTOCOL } from '@hookline/packet';
import { countPacket } from '../counts.ts';
import { type Family, familyOf } from '../firewall/prefix.ts';
import { bucketPlan, bucketWith, OUTCOME, takeTokens, tickOf } from '../token-bucket.ts';
import type { Bucket, RateLimiterMaps, ServiceBucket } from './maps.ts';
import { networkV4, networkV6 } from './networks.ts';
import type { Limit, RateLimiterConfig, SourceLimit } from './rate-limiter-config.ts';
import { type Fate, FIRST_SERVICE_SLOT, fateSlot, SLOTS_A_SERVICE } from './rows.ts';

/** The rate limiter for both hooks, from one body. */
export function rateLimiterPrograms(config: RateLimiterConfig, maps: RateLimiterMaps) {
  return {
    rateLimiter: xdp('rate_limiter', ({ packet }) => limit(packet, config, maps)),
    rateLimiterTc: tc('rate_limiter_tc', ({ packet }) => limit(packet, config, maps)),
  };
}

function limit(packet: Packet, config: RateLimiterConfig, maps: RateLimiterMaps): Verdict<Hook> {
  const length = packet.length.as(u32);
  const now = config.sources || config.services.length > 0 ? tickOf(time()) : undefined;
  const slot = variable(u32, 0);
  const drops = variable(u32, 0);

  const decide = (where: Operand<'u32'>, isDrop: boolean): Stop => {
    slot.set(where);
    drops.set(isDrop ? 1 : 0);
    return STOP;
  };
  const pass = (fate: Fate): Stop => decide(fateSlot(fate), false);
  const drop = (fate: Fate): Stop => decide(fateSlot(fate), true);

  /** Goes on where the source has a token left. */
  const askSource = (
    { limit }: SourceLimit,
    tick: Uint<'u32'>,
    lookup: () => Maybe<Place<typeof Bucket, 'shared'>>,
    create: (tokens: Uint<'u64'>) => void,
  ): void => {
    const plan = bucketPlan(limit.perSecond, limit.burst);
    const outcome = variable(u32, OUTCOME.CONTENDED);
    const take = ({ tokens }: Place<typeof Bucket, 'shared'>) => {
      outcome.set(takeTokens(tokens, tick, costOf(limit, plan.unit, length), plan));
    };
    when(lookup(), take).otherwise(() => {
      // Another CPU may have been faster: its bucket stays.
      create(bucketWith(tick, plan.capacity));
      when(lookup(), take);
    });
    when(outcome.eq(OUTCOME.REFUSED), () => drop('sourceOver'));
    when(outcome.eq(OUTCOME.CONTENDED), () => drop('undecided'));
  };

  const askService = (tick: Uint<'u32'>, service: Place<typeof ServiceBucket, 'shared'>): Stop => {
    const bits = length.as(u64).times(8);
    const cost = service.perPacket.as(u64).plus(service.perBit.as(u64).times(bits));
    const plan = { refill: service.refill.plus(0), capacity: service.capacity.plus(0) };
    const outcome = takeTokens(service.tokens, tick, cost, plan);
    const passed = service.index.times(SLOTS_A_SERVICE).plus(FIRST_SERVICE_SLOT);
    when(outcome.eq(OUTCOME.TAKEN), () => decide(passed, false));
    when(outcome.eq(OUTCOME.REFUSED), () => decide(passed.plus(1), true));
    return drop('undecided');
  };

  /** Asks the service of this port, else that of the whole address. */
  const askServices = (family: Family, ip: Ipv4 | Ipv6, lookup: Lookup): void => {
    const own = config.services.filter(({ destination }) => familyOf(destination) === family);
    if (!now) return;
    const ask = (port: Operand<'u16'>, protocol: number) => {
      when(lookup(port, protocol), (service) => askService(now, service));
    };
    const ports = (protocol: 'tcp' | 'udp') => own.some(({ port }) => port?.protocol === protocol);
    if (ports('tcp')) when(ip.tcp(), (tcp) => ask(tcp.destinationPort, IP_PROTOCOL.TCP));
    if (ports('udp')) when(ip.udp(), (udp) => ask(udp.destinationPort, IP_PROTOCOL.UDP));
    if (own.some(({ port }) => port === undefined)) ask(0, 0);
  };

  repeat(1, () =>
    when(packet.ipv4(), (ip) => {
      if (config.allow.length > 0) when(maps.allowedV4.lookup(ip.source), () => pass('allowed'));
      if (config.sources && now) {
        const key = { address: networkV4(packet, config.sources.prefixLength.ipv4) };
        askSource(
          config.sources,
          now,
          () => maps.sourcesV4.lookup(key),
          (tokens) => void maps.sourcesV4.update(key, { tokens }, 'create'),
        );
      }
      askServices('ipv4', ip, (port, protocol) => maps.servicesV4.lookup({ address: ip.destination, port, protocol }));
      return pass('unlimited');
    })
      .elseWhen(packet.ipv6(), (ip) => {
        if (config.allow.length > 0) when(maps.allowedV6.lookup(ip.source), () => pass('allowed'));
        if (config.sources && now) {
          const key = networkV6(packet, config.sources.prefixLength.ipv6);
          askSource(
            config.sources,
            now,
            () => maps.sourcesV6.lookup(key),
            (tokens) => void maps.sourcesV6.update(key, { tokens }, 'create'),
          );
        }
        askServices('ipv6', ip, (port, protocol) =>
          maps.servicesV6.lookup({ address: ip.destination, port, protocol }),
        );
        return pass('unlimited');
      })
      .otherwise(() => {
        when(packet.etherType.oneOf(ETHER_TYPE.IPV4, ETHER_TYPE.IPV6), () => drop('damaged'));
        return pass('nonIp');
      }),
  );

  countPacket(maps.counters, slot, length);
  return when(drops.ne(0), () => DROP).otherwise(() => PASS);
}

type Lookup = (port: Operand<'u16'>, protocol: number) => Maybe<Place<typeof ServiceBucket, 'shared'>>;

/** Tokens that this packet costs. */
function costOf({ unit }: Limit, tokensPerUnit: number, length: Uint<'u32'>): Operand<'u64'> {
  return unit === 'packets' ? tokensPerUnit : length.as(u64).times(8 * tokensPerUnit);
}
