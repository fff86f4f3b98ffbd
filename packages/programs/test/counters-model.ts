import { BlockList } from 'node:net';
import type { CountersConfig } from '../src/counters/counters-config.ts';
import { parse } from './first-match.ts';
import { TokenBucketModel } from './token-bucket-model.ts';

/**
 * What the counters have to count, written down once more: a map of numbers by label, filled packet by packet from a
 * parser that shares nothing with the builder's. It holds flows without a bound.
 */
export class CountersModel {
  readonly protocols = new Map<string, Tally>();
  readonly tcpFlags = new Map<string, Tally>();
  readonly ports = new Map<string, Tally>();
  readonly prefixes = new Map<string, Tally>();
  readonly flows = new Map<string, Tally & { readonly firstSeen: bigint; lastSeen: bigint }>();
  readonly sizes: number[] = [];
  readonly gaps: number[] = [];
  /** Flows whose event there was a token for. */
  readonly events: string[] = [];
  readonly #config: CountersConfig;
  readonly #bucket: TokenBucketModel | undefined;
  #learned = 0;
  #last: number | undefined;

  constructor(config: CountersConfig) {
    this.#config = config;
    const events = config.flows === false ? false : config.flows.events;
    if (events) this.#bucket = new TokenBucketModel(events.perSecond, events.burst);
  }

  /** @param now nanoseconds, not 0 */
  see(frame: Uint8Array, now: number): void {
    const length = BigInt(frame.length);
    const { prefixes, ports } = this.#config;
    this.sizes.push(frame.length);
    if (this.#last !== undefined) this.gaps.push(now - this.#last);
    this.#last = now;
    const facts = parse(frame);
    if (facts === 'not IP' || facts === 'damaged') {
      tally(this.protocols, facts === 'damaged' ? 'damaged IP' : isArp(frame) ? 'ARP' : 'not IP', length);
      return;
    }
    tally(this.protocols, NAMES[facts.protocol] ?? `protocol ${facts.protocol}`, length);
    if (prefixes) {
      for (const side of ['source', 'destination'] as const) {
        const holding = prefixes[side].filter((prefix) => holds(prefix, facts[side]));
        const longest = holding.toSorted((a, b) => Number(b.split('/')[1]) - Number(a.split('/')[1]))[0];
        if (longest) tally(this.prefixes, `${side} ${longest}`, length);
      }
    }
    const transport = facts.tcp ?? facts.udp;
    if (facts.tcp) {
      const set = FLAGS.filter((_, bit) => ((facts.tcp?.flags ?? 0) & (1 << bit)) !== 0).join(' ');
      tally(this.tcpFlags, set || 'no flags', length);
    }
    if (transport && ports) {
      for (const side of ports.sides) {
        const port = side === 'source' ? transport.sourcePort : transport.destinationPort;
        const label = `${facts.tcp ? 'tcp' : 'udp'} ${side} ${port}`;
        if (!this.ports.has(label) && !ports.watch.includes(port)) {
          if (this.#learned === ports.learn) {
            tally(this.ports, 'other ports', length);
            continue;
          }
          this.#learned++;
        }
        tally(this.ports, label, length);
      }
    }
    const { sourcePort = 0, destinationPort = 0 } = transport ?? {};
    const flow = `${facts.protocol} ${canonical(facts.source)} ${sourcePort} ${canonical(facts.destination)} ${destinationPort}`;
    const known = this.flows.get(flow);
    if (known) {
      known.packets++;
      known.bytes += length;
      known.lastSeen = BigInt(now);
      return;
    }
    this.flows.set(flow, { packets: 1n, bytes: length, firstSeen: BigInt(now), lastSeen: BigInt(now) });
    if (this.#bucket?.take(Math.floor(now / 1e6))) this.events.push(flow);
  }
}

export interface Tally {
  packets: bigint;
  bytes: bigint;
}

/** Bits 0 to 7 of the control bits (RFC 9293 section 3.1). */
const FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'];
/** IANA's protocol numbers. */
const NAMES: Readonly<Record<number, string>> = {
  1: 'icmp',
  2: 'igmp',
  6: 'tcp',
  17: 'udp',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'icmpv6',
  89: 'ospf',
  132: 'sctp',
};

function tally(counts: Map<string, Tally>, label: string, length: bigint): void {
  const count = counts.get(label) ?? { packets: 0n, bytes: 0n };
  counts.set(label, { packets: count.packets + 1n, bytes: count.bytes + length });
}

function isArp(frame: Uint8Array): boolean {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  let at = 12;
  for (let tags = 0; tags < 2 && at + 6 <= frame.length; tags++) {
    if (![0x8100, 0x88a8].includes(view.getUint16(at))) break;
    at += 4;
  }
  return at + 2 <= frame.length && view.getUint16(at) === 0x0806;
}

function holds(prefix: string, address: string): boolean {
  const family = (text: string) => (text.includes(':') ? 'ipv6' : 'ipv4');
  const [network = '', length] = prefix.split('/');
  if (family(network) !== family(address)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(length), family(network));
  return list.check(address, family(address));
}

/** The spelling of RFC 5952, by the URL parser. */
export function canonical(address: string): string {
  return address.includes(':') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}
