import { ETHER_TYPE, IP_PROTOCOL } from '@hookline/packet';
import { RSS_TYPE, type RssType } from './descriptors.ts';
import { MICROSOFT_RSS_KEY, Toeplitz } from './toeplitz.ts';

/** Entries of the indirection table: 128 in the 82599, 512 at most here as in newer devices. */
export const RSS_TABLE_SIZE = { default: 128, max: 512 } as const;

/** Bits of the MRQC register: which protocols are hashed, and with which fields. */
export const RSS_FIELDS = {
  IPV4: 1 << 0,
  IPV4_TCP: 1 << 1,
  IPV4_UDP: 1 << 2,
  IPV6: 1 << 3,
  IPV6_TCP: 1 << 4,
  IPV6_UDP: 1 << 5,
} as const;
export const ALL_RSS_FIELDS = 0b11_1111;

/** 802.1Q inside 802.1ad: no more tags than that are looked behind. */
const MAX_TAGS = 2;

/**
 * Receive-side scaling: spreads flows over queues, all packets of one flow into the same.
 *
 * TCP and UDP are hashed over addresses and ports, all else in IP (and every fragment, of which only the first has
 * ports) over the addresses; VLAN tags are skipped. What is no IP goes to queue 0 without a hash. IPv6 extension
 * headers are not followed: behind one there are no ports.
 */
export class Rss {
  /** Bits of `RSS_FIELDS`. */
  fields: number = ALL_RSS_FIELDS;
  /** The queue for each value of the hash's low bits. */
  readonly table: Uint16Array;
  /** The last classified frame's hash, a signed 32-bit integer, and what it covers. */
  hash = 0;
  type: RssType = RSS_TYPE.NONE;
  readonly #mask: number;
  #toeplitz = new Toeplitz(MICROSOFT_RSS_KEY);

  /**
   * @param tableSize a power of two
   * @param queues the table begins as drivers set it: queues in turn
   */
  constructor(tableSize: number, queues: number) {
    this.table = Uint16Array.from({ length: tableSize }, (_, index) => index % queues);
    this.#mask = tableSize - 1;
  }

  get key(): Uint8Array {
    return this.#toeplitz.key;
  }

  /** @param key 40 bytes */
  set key(key: Uint8Array) {
    this.#toeplitz = new Toeplitz(key);
  }

  /** Finds the queue of a frame; `hash` and `type` then tell why. */
  classify(bytes: Uint8Array, offset: number, length: number): number {
    const end = offset + length;
    let at = offset + 12;
    let etherType = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    at += 2;
    for (let tag = 0; tag < MAX_TAGS; tag++) {
      if ((etherType !== ETHER_TYPE.VLAN && etherType !== ETHER_TYPE.SERVICE_VLAN) || at + 4 > end) break;
      etherType = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
      at += 4;
    }
    if (etherType === ETHER_TYPE.IPV4) return this.#ipv4(bytes, at, end);
    if (etherType === ETHER_TYPE.IPV6) return this.#ipv6(bytes, at, end);
    return this.#unhashed();
  }

  #ipv4(bytes: Uint8Array, at: number, end: number): number {
    const headerLength = ((bytes[at] as number) & 0xf) * 4;
    if (at + 20 > end || (bytes[at] as number) >> 4 !== 4 || headerLength < 20) return this.#unhashed();
    // More fragments, or a fragment offset.
    const fragment = ((bytes[at + 6] as number) & 0x3f) | (bytes[at + 7] as number);
    const ports = at + headerLength;
    if (fragment === 0 && ports + 4 <= end) {
      const protocol = bytes[at + 9] as number;
      if (protocol === IP_PROTOCOL.TCP && (this.fields & RSS_FIELDS.IPV4_TCP) !== 0) {
        return this.#flow(RSS_TYPE.IPV4_TCP, bytes, at + 12, 8, ports);
      }
      if (protocol === IP_PROTOCOL.UDP && (this.fields & RSS_FIELDS.IPV4_UDP) !== 0) {
        return this.#flow(RSS_TYPE.IPV4_UDP, bytes, at + 12, 8, ports);
      }
    }
    if ((this.fields & RSS_FIELDS.IPV4) === 0) return this.#unhashed();
    return this.#hashed(RSS_TYPE.IPV4, this.#toeplitz.update(0, 0, bytes, at + 12, 8));
  }

  #ipv6(bytes: Uint8Array, at: number, end: number): number {
    const ports = at + 40;
    if (ports > end || (bytes[at] as number) >> 4 !== 6) return this.#unhashed();
    if (ports + 4 <= end) {
      const nextHeader = bytes[at + 6] as number;
      if (nextHeader === IP_PROTOCOL.TCP && (this.fields & RSS_FIELDS.IPV6_TCP) !== 0) {
        return this.#flow(RSS_TYPE.IPV6_TCP, bytes, at + 8, 32, ports);
      }
      if (nextHeader === IP_PROTOCOL.UDP && (this.fields & RSS_FIELDS.IPV6_UDP) !== 0) {
        return this.#flow(RSS_TYPE.IPV6_UDP, bytes, at + 8, 32, ports);
      }
    }
    if ((this.fields & RSS_FIELDS.IPV6) === 0) return this.#unhashed();
    return this.#hashed(RSS_TYPE.IPV6, this.#toeplitz.update(0, 0, bytes, at + 8, 32));
  }

  #flow(type: RssType, bytes: Uint8Array, addresses: number, size: number, ports: number): number {
    const toeplitz = this.#toeplitz;
    // Only IPv4 options separate the ports from the addresses.
    if (ports === addresses + size) return this.#hashed(type, toeplitz.update(0, 0, bytes, addresses, size + 4));
    const hash = toeplitz.update(0, 0, bytes, addresses, size);
    return this.#hashed(type, toeplitz.update(hash, size, bytes, ports, 4));
  }

  #hashed(type: RssType, hash: number): number {
    this.type = type;
    this.hash = hash;
    return this.table[hash & this.#mask] as number;
  }

  #unhashed(): number {
    this.type = RSS_TYPE.NONE;
    this.hash = 0;
    return 0;
  }
}
