import { decode, encode, ipv4Address, ipv6Address } from '@hookline/layout';
import {
  arp,
  craft,
  ethernet,
  fragment,
  hopByHop,
  icmpEchoRequest,
  ipv4,
  ipv6,
  serviceVlan,
  tcp,
  udp,
  vlan,
} from '@hookline/packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MICROSOFT_RSS_KEY, RSS_FIELDS, RSS_TYPE, Toeplitz } from '../src/index.ts';
import { Rss } from '../src/rss.ts';

/** "Verifying the RSS hash calculation", Windows driver documentation: source, destination, IP only, with ports. */
const VECTORS = [
  ['66.9.149.187', 2794, '161.142.100.80', 1766, 0x323e8fc2, 0x51ccc178],
  ['199.92.111.2', 14230, '65.69.140.83', 4739, 0xd718262a, 0xc626b0ea],
  ['24.19.198.95', 12898, '12.22.207.184', 38024, 0xd2d0a5de, 0x5c2b394a],
  ['38.27.205.30', 48228, '209.142.163.6', 2217, 0x82989176, 0xafc7327f],
  ['153.39.163.191', 44251, '202.188.127.2', 1303, 0x5d1809c5, 0x10e828a2],
  ['3ffe:2501:200:1fff::7', 2794, '3ffe:2501:200:3::1', 1766, 0x2cc18cd5, 0x40207d3d],
  ['3ffe:501:8::260:97ff:fe40:efab', 14230, 'ff02::1', 4739, 0x0f0c461c, 0xdde51bbf],
  ['3ffe:1900:4545:3:200:f8ff:fe21:67cf', 44251, 'fe80::200:f8ff:fe21:67cf', 38024, 0x4b61e985, 0x02d1feef],
] as const;

function addressBytes(address: string): Uint8Array {
  return address.includes(':') ? encode(ipv6Address, address) : encode(ipv4Address, address);
}

function hashOf(rss: Rss, frame: Uint8Array): number {
  rss.classify(frame, 0, frame.length);
  return rss.hash >>> 0;
}

describe('Toeplitz', () => {
  const toeplitz = new Toeplitz(MICROSOFT_RSS_KEY);

  test.each(VECTORS)('published: %s:%i -> %s:%i', (source, sourcePort, destination, destinationPort, bare, ported) => {
    const addresses = Uint8Array.of(...addressBytes(source), ...addressBytes(destination));
    const ports = Uint8Array.of(sourcePort >> 8, sourcePort & 255, destinationPort >> 8, destinationPort & 255);
    const hash = toeplitz.update(0, 0, addresses, 0, addresses.length);
    expect(hash >>> 0).toBe(bare);
    expect(toeplitz.update(hash, addresses.length, ports, 0, 4) >>> 0).toBe(ported);
  });

  test('agrees with the definition, bit by bit, for any key and input', () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(bytes(40), fc.uint8Array({ maxLength: 36 }), (key, input) => {
        const keyBits = BigInt(`0x${Buffer.from(key).toString('hex')}`);
        let expected = 0n;
        for (let bit = 0; bit < input.length * 8; bit++) {
          if ((((input[bit >> 3] as number) >> (7 - (bit & 7))) & 1) === 0) continue;
          expected ^= (keyBits >> BigInt(320 - 32 - bit)) & 0xffffffffn;
        }
        expect(new Toeplitz(key).update(0, 0, input, 0, input.length) >>> 0).toBe(Number(expected));
      }),
      { numRuns: 20 },
    );
  });
});

describe('what is hashed', () => {
  test.each(VECTORS)(
    'TCP, UDP and others: %s:%i -> %s:%i',
    (source, sourcePort, destination, destinationPort, bare, ported) => {
      const rss = new Rss(128, 4);
      const six = source.includes(':');
      const ip = six ? ipv6 : ipv4;
      const inIp = (payload: ReturnType<typeof tcp>) => craft(ip({ source, destination }, payload));
      expect(hashOf(rss, inIp(tcp({ sourcePort, destinationPort })))).toBe(ported);
      expect(rss.type).toBe(six ? RSS_TYPE.IPV6_TCP : RSS_TYPE.IPV4_TCP);
      expect(hashOf(rss, inIp(udp({ sourcePort, destinationPort })))).toBe(ported);
      expect(rss.type).toBe(six ? RSS_TYPE.IPV6_UDP : RSS_TYPE.IPV4_UDP);
      expect(hashOf(rss, inIp(icmpEchoRequest({})))).toBe(bare);
      expect(rss.type).toBe(six ? RSS_TYPE.IPV6 : RSS_TYPE.IPV4);
    },
  );

  const [source, sourcePort, destination, destinationPort, bare, ported] = VECTORS[0];
  const datagram = udp({ sourcePort, destinationPort }, 'payload');

  test('VLAN tags are skipped, an 802.1ad one around an 802.1Q one too', () => {
    const packet = ipv4({ source, destination }, datagram);
    const rss = new Rss(128, 4);
    expect(hashOf(rss, craft(ethernet({}, vlan({ vlanId: 5 }, packet))))).toBe(ported);
    expect(hashOf(rss, craft(ethernet({}, serviceVlan({ vlanId: 7 }, vlan({ vlanId: 5 }, packet)))))).toBe(ported);
  });

  test.each([
    ['the first fragment', { moreFragments: 1, fragmentOffset: 0 }],
    ['a later fragment', { moreFragments: 0, fragmentOffset: 100 }],
  ])('%s of IPv4 has no ports', (_, fields) => {
    const rss = new Rss(128, 4);
    const frame = craft(ipv4({ source, destination }, datagram));
    new DataView(frame.buffer).setUint16(20, (fields.moreFragments << 13) | fields.fragmentOffset);
    expect(hashOf(rss, frame)).toBe(bare);
    expect(rss.type).toBe(RSS_TYPE.IPV4);
  });

  test("don't fragment is no fragment", () => {
    const rss = new Rss(128, 4);
    const frame = craft(ipv4({ source, destination }, datagram));
    new DataView(frame.buffer).setUint16(20, 0x4000);
    expect(hashOf(rss, frame)).toBe(ported);
  });

  test('ports are found behind IPv4 options', () => {
    const rss = new Rss(128, 4);
    const plain = craft(ipv4({ source, destination }, datagram));
    const frame = Uint8Array.of(...plain.subarray(0, 34), 1, 1, 1, 0, ...plain.subarray(34));
    frame[14] = 0x46;
    expect(hashOf(rss, frame)).toBe(ported);
  });

  test('behind IPv6 extension headers there are no ports', () => {
    const [source6, , destination6, , bare6] = VECTORS[5];
    const rss = new Rss(128, 4);
    for (const inner of [hopByHop({}, datagram), fragment({}, datagram)]) {
      expect(hashOf(rss, craft(ipv6({ source: source6, destination: destination6 }, inner)))).toBe(bare6);
      expect(rss.type).toBe(RSS_TYPE.IPV6);
    }
  });

  test('what is no IP goes to queue 0 without a hash', () => {
    const rss = new Rss(128, 4);
    rss.table.fill(3);
    const frame = craft(arp({}));
    expect(rss.classify(frame, 0, frame.length)).toBe(0);
    expect([rss.type, rss.hash]).toEqual([RSS_TYPE.NONE, 0]);
  });

  test('fields that are turned off fall back to addresses, and to no hash', () => {
    const rss = new Rss(128, 4);
    const frame = craft(ipv4({ source, destination }, datagram));
    rss.fields = RSS_FIELDS.IPV4 | RSS_FIELDS.IPV4_TCP;
    expect(hashOf(rss, frame)).toBe(bare);
    rss.fields = RSS_FIELDS.IPV6;
    expect(hashOf(rss, frame)).toBe(0);
    expect(rss.type).toBe(RSS_TYPE.NONE);
  });

  test('a frame that is cut off is hashed over what is there', () => {
    const rss = new Rss(128, 4);
    const frame = craft(ipv4({ source, destination }, datagram));
    const at = (length: number) => {
      rss.classify(frame, 0, length);
      return rss.type;
    };
    expect([at(38), at(37), at(34), at(33), at(14)]).toEqual([
      RSS_TYPE.IPV4_UDP,
      RSS_TYPE.IPV4,
      RSS_TYPE.IPV4,
      RSS_TYPE.NONE,
      RSS_TYPE.NONE,
    ]);
  });

  test('any bytes find a queue', () => {
    const rss = new Rss(128, 4);
    const etherType = fc.constantFrom([8, 0], [0x86, 0xdd], [0x81, 0], [0x88, 0xa8]);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 14, maxLength: 80 }), etherType, etherType, (bytes, outer, inner) => {
        bytes.set(outer, 12);
        if (bytes.length >= 18) bytes.set(inner, 16);
        expect(rss.classify(bytes, 0, bytes.length)).toBeLessThan(4);
        expect(Object.values(RSS_TYPE)).toContain(rss.type);
      }),
    );
  });
});

describe('which queue', () => {
  const [source, sourcePort, destination, destinationPort, , ported] = VECTORS[0];
  const frame = craft(ipv4({ source, destination }, tcp({ sourcePort, destinationPort })));

  test('the low bits of the hash choose an entry of the table', () => {
    for (const size of [1, 64, 128, 512]) {
      const rss = new Rss(size, 1);
      rss.table.forEach((_, entry) => {
        rss.table[entry] = entry;
      });
      expect(rss.classify(frame, 0, frame.length)).toBe(ported % size);
    }
  });

  test('the table begins with the queues in turn', () => {
    expect([...new Rss(128, 3).table.subarray(0, 7)]).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });

  test('another key gives another hash; the same key is the one that was set', () => {
    const rss = new Rss(128, 4);
    const key = Uint8Array.from({ length: 40 }, (_, index) => index);
    rss.key = key;
    expect(rss.key).toEqual(key);
    expect(hashOf(rss, frame)).not.toBe(ported);
    expect(decode(ipv4Address, frame.subarray(26, 30))).toBe(source);
  });
});
