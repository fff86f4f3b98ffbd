import type { RateLimiterConfig } from './rate-limiter-config.ts';

/** What becomes of a packet besides being judged by a service. */
export type Fate = 'nonIp' | 'damaged' | 'allowed' | 'unlimited' | 'sourceOver' | 'undecided';

const FATES: Readonly<Record<Fate, { readonly label: string; readonly action: 'pass' | 'drop' }>> = {
  nonIp: { label: 'not IP', action: 'pass' },
  // Neither Linux nor anyone else takes such a packet (net/ipv4/ip_input.c ip_rcv_core).
  damaged: { label: 'damaged IP', action: 'drop' },
  allowed: { label: 'allow list', action: 'pass' },
  unlimited: { label: 'within the limits, no service', action: 'pass' },
  sourceOver: { label: 'source over its limit', action: 'drop' },
  undecided: { label: 'undecided', action: 'drop' },
};
const ORDER = Object.keys(FATES) as Fate[];

export function fateSlot(fate: Fate): number {
  return ORDER.indexOf(fate);
}

/** The first slot of the services: each has one for what passes and one for what is over its limit. */
export const FIRST_SERVICE_SLOT: number = ORDER.length;
export const SLOTS_A_SERVICE = 2;

export function slots({ services }: RateLimiterConfig): number {
  return FIRST_SERVICE_SLOT + SLOTS_A_SERVICE * services.length;
}

/** Labels and actions of all counters, in the order of their slots. */
export function labels({ services }: RateLimiterConfig) {
  return [
    ...ORDER.map((fate) => FATES[fate]),
    ...services.flatMap(({ name }) => [
      { label: `service ${name}`, action: 'pass' },
      { label: `service ${name}, over its limit`, action: 'drop' },
    ]),
  ];
}
