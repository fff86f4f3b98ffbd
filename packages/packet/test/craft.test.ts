import {
  craft,
  dissect,
  ethernet,
  fieldOf,
  gre,
  hopByHop,
  icmp,
  icmpDestinationUnreachable,
  icmpEchoRequest,
  ipv4,
  ipv6,
  layerOf,
  neighborSolicitation,
  type Payload,
  routing,
  tcp,
  udp,
  vlan,
} from '@hookline/packet';
import { describe, expect, test } from 'vitest';
import { hex } from './hex.ts';

/** Hexadecimal digits, to compare with what a specification prints. */
function digits(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

describe('bytes', () => {
  test('a whole frame, field by field', () => {
    const frame = craft(
      ethernet(
        { source: '02:00:00:00:00:0a', destination: '02:00:00:00:00:0b' },
        ipv4(
          { source: '192.168.0.1', destination: '192.168.0.199', dontFragment: 1, totalLength: 115 },
          udp({ sourcePort: 1, destinationPort: 2, checksum: 0x1234 }, 'A'),
        ),
      ),
    );
    // The IP header is the published example whose checksum is b861; its length is wrong here on purpose.
    expect(digits(frame)).toBe(
      ['02000000000b02000000000a0800', '450000730000400040 11b861c0a80001c0a800c7', '00010002000912 34', '41']
        .join('')
        .replaceAll(' ', ''),
    );
  });

  test('TCP options in the order given, padded to a word', () => {
    const frame = craft(
      tcp({ options: { maximumSegmentSize: 1460, windowScale: 7, timestamps: { value: 1, echoReply: 2 } } }, 'x'),
      { link: 'none' },
    );
    expect(digits(frame.subarray(40))).toBe(`020405b4${'030307'}${'080a0000000100000002'}${'000000'}78`);
    expect((frame[32] as number) >> 4).toBe(10);
  });

  test('IPv6 options are padded to 8 bytes with PadN', () => {
    const packet = craft(ipv6({}, hopByHop({ options: [{ type: 5, data: new Uint8Array(2) }] })), { link: 'none' });
    expect(digits(packet.subarray(40))).toBe('3b00050200000100');
  });

  test('a segment routing header as RFC 8754 section 2 draws it', () => {
    const packet = craft(ipv6({}, routing({ segmentsLeft: 1, addresses: ['2001:db8::9', '2001:db8::a'] })), {
      link: 'none',
    });
    expect(digits(packet.subarray(40))).toBe(
      `3b040401${'01000000'}${'20010db8000000000000000000000009'}${'20010db800000000000000000000000a'}`,
    );
  });

  test('GRE: present bits and fields in the order of RFC 2890', () => {
    const packet = craft(gre({ key: 0xaabbccdd, sequenceNumber: 1, protocolType: 0x6558 }), { link: 'none' });
    expect(digits(packet.subarray(20))).toBe('30006558aabbccdd00000001');
  });
});

describe('defaults', () => {
  test.each([
    ['multicast IPv4', ipv4({ destination: '239.255.1.2' }), '01:00:5e:7f:01:02'],
    ['broadcast IPv4', ipv4({ destination: '255.255.255.255' }), 'ff:ff:ff:ff:ff:ff'],
    ['multicast IPv6', ipv6({ destination: 'ff02::1:ff00:5' }), '33:33:ff:00:00:05'],
    ['multicast behind a tag', vlan({}, ipv4({ destination: '224.0.0.1' })), '01:00:5e:00:00:01'],
  ])('%s goes to its group address', (_, layer, destination) => {
    expect(dissect(craft(layer)).layers[0]).toMatchObject({ protocol: 'ethernet' });
    expect(digits(craft(layer).subarray(0, 6))).toBe(destination.replaceAll(':', ''));
  });

  test('neighbour discovery asks for hop limit 255 and the solicited-node address (RFC 4861, RFC 4291)', () => {
    const ip = layerOf(dissect(craft(neighborSolicitation({ target: '2001:db8::12:3456' }))), 'ipv6');
    expect(ip && [fieldOf(ip, 'hopLimit'), fieldOf(ip, 'destination')]).toEqual([255, 'ff02::1:ff12:3456']);
  });

  test('a header that cannot be carried directly gets those between', () => {
    const protocols = dissect(craft(ethernet({ source: '02:00:00:00:00:09' }, tcp()))).layers.map((l) => l.protocol);
    expect(protocols).toEqual(['ethernet', 'ipv4', 'tcp']);
  });

  test('bytes without a protocol are announced as experimental', () => {
    expect(digits(craft(ethernet({}, 'x')).subarray(12, 14))).toBe('88b5');
    expect(craft(ipv4({}, 'x'), { link: 'none' })[9]).toBe(253);
  });

  test('a frame can be filled up to the smallest one', () => {
    expect(craft(tcp(), { minimumLength: 60 }).length).toBe(60);
    expect(craft(tcp({}, 'long enough'), { minimumLength: 60 }).length).toBe(65);
  });
});

describe('what is given stays, right or wrong', () => {
  test('lengths, checksums and protocol numbers', () => {
    const packet = craft(
      ipv4(
        { version: 5, headerLength: 2, totalLength: 9, protocol: 17, checksum: 0 },
        tcp({ dataOffset: 1, checksum: 7 }),
      ),
      { link: 'none' },
    );
    expect(packet.length).toBe(40);
    expect([...packet.subarray(0, 4)]).toEqual([0x52, 0, 0, 9]);
    expect(packet[9]).toBe(17);
    expect(digits(packet.subarray(10, 12))).toBe('0000');
    expect((packet[32] as number) >> 4).toBe(1);
    expect(digits(packet.subarray(36, 38))).toBe('0007');
  });

  test('a UDP checksum of 0 means none, a computed one becomes ffff', () => {
    const none = craft(udp({ checksum: 0 }), { link: 'none' });
    expect(digits(none.subarray(26, 28))).toBe('0000');
    // Pseudo-header c0000201 c0000202 0011 000a, header 0000 0000 000a, data f6d3 without carry: the sum is ffff.
    const sum = 0xc000 + 0x0201 + 0xc000 + 0x0202 + 0x0011 + 0x000a + 0x000a;
    const data = 0xffff - ((sum & 0xffff) + (sum >>> 16));
    const zero = craft(udp({ sourcePort: 0, destinationPort: 0 }, Uint8Array.of(data >> 8, data & 0xff)), {
      link: 'none',
    });
    expect(digits(zero.subarray(26, 28))).toBe('ffff');
  });
});

describe('what cannot be crafted is refused', () => {
  test.each<[string, () => unknown, object]>([
    ['a value out of range', () => craft(ipv4({ ttl: 300 })), { code: 'LAYOUT_VALUE', message: /^ipv4\.ttl: 300 / }],
    [
      'an option out of range',
      () => tcp({ options: { windowScale: 256 } }),
      { code: 'LAYOUT_VALUE', message: /^window_scale\.shift: 256 / },
    ],
    [
      'an address',
      () => craft(ipv4({ source: '10.0.0' })),
      { code: 'LAYOUT_VALUE', message: /^ipv4\.source: '10\.0\.0'/ },
    ],
    [
      'an identifier',
      () => craft(icmpEchoRequest({ identifier: 65536 })),
      { code: 'LAYOUT_VALUE', message: /^icmp_echo\.identifier: 65536 / },
    ],
    [
      'a next-hop MTU',
      () => icmpDestinationUnreachable({ code: 4, nextHopMtu: 70000 }, ''),
      { code: 'LAYOUT_VALUE', message: /^icmp_destination_unreachable\.nextHopMtu: 70000 / },
    ],
    [
      'an unknown flag',
      () => tcp({ flags: ['SIN' as 'SYN'] }),
      { code: 'CRAFT_INVALID', message: /'SIN': give FIN, SYN/ },
    ],
    [
      'an unknown field',
      () => craft(tcp({ dport: 80 } as object)),
      { code: 'LAYOUT_VALUE', message: /^tcp: no field 'dport': it has sourcePort/ },
    ],
    [
      'an unknown option',
      () => tcp({ options: { mss: 1 } as object }),
      { code: 'CRAFT_INVALID', message: /no option 'mss': give maximumSegmentSize/ },
    ],
    [
      'too many options',
      () => ipv4({ options: new Uint8Array(41) }),
      { code: 'CRAFT_INVALID', message: '44 bytes of options: give at most 40.' },
    ],
    [
      'a payload longer than the length field says',
      () => craft(udp({}, new Uint8Array(65536))),
      { code: 'LAYOUT_VALUE', message: /^udp\.length: 65544 / },
    ],
    [
      'a payload that is none',
      () => craft(icmp({}, 7 as unknown as Payload)),
      { code: 'CRAFT_INVALID', message: /^icmp: the payload is a number: give a header/ },
    ],
    [
      'nothing',
      () => craft(undefined as never),
      { code: 'CRAFT_INVALID', message: /undefined is no header: give one/ },
    ],
    [
      'a frame without a link',
      () => craft(ethernet(), { link: 'none' }),
      { code: 'CRAFT_INVALID', message: /ethernet is no IP packet/ },
    ],
  ])('%s', (_, make, error) => {
    expect(make).toThrow(expect.objectContaining({ ...error, message: matching(error) }));
  });
});

function matching(error: object): unknown {
  const { message } = error as { message: RegExp | string };
  return typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message);
}

test('bytes in a payload are taken as they are', () => {
  expect(digits(craft(ipv4({}, hex('deadbeef')), { link: 'none' }).subarray(20))).toBe('deadbeef');
});
