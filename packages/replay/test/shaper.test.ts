import {
  craft,
  dissect,
  ethernet,
  fieldOf,
  frameCheckSequence,
  ipv4,
  ipv6,
  type Layer,
  layerOf,
  tcp,
  udp,
  vlan,
} from '@hookline/packet';
import type { Direction, PacketToWrite } from '@hookline/pcap';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ShapeOptions } from '../src/index.ts';
import { captureOf, type Options, replayed } from './replayed.ts';

const T = 1_700_000_000_000_000_000n;
const MAC = '02:00:00:00:00:01';
const QUIET: Options = { device: { queues: 1, rxUsecs: 0, macAddress: MAC } };

/** What the stack gets of packets of one link type. */
async function delivered(
  packets: readonly Partial<PacketToWrite>[],
  shape: Partial<ShapeOptions> = {},
  described: { linkType?: number; fcsLength?: number } = {},
): Promise<{ frames: Uint8Array[]; warnings: readonly string[]; drops: Readonly<Record<string, number>> }> {
  const complete = packets.map((packet, i) => ({
    bytes: new Uint8Array(),
    timestamp: T + BigInt(i) * 10_000n,
    ...packet,
  }));
  const { report, output } = await replayed(captureOf(complete, { interfaces: [described] }), { ...QUIET, shape });
  return { frames: output.map(({ bytes }) => bytes), warnings: report.warnings, drops: report.drops };
}

const DATAGRAM = udp({ sourcePort: 4000, destinationPort: 53 }, 'a question of some length');
const PACKET_4 = craft(ethernet({}, ipv4({ source: '10.0.0.1', destination: '10.0.0.2' }, DATAGRAM))).subarray(14);
const PACKET_6 = craft(ethernet({}, ipv6({ source: 'fd00::1', destination: 'fd00::2' }, DATAGRAM))).subarray(14);

const bytesOf = (...parts: (readonly number[] | Uint8Array)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));
const NIC = [2, 0, 0, 0, 0, 1];
const SOMEBODY = [2, 0, 0, 0, 0, 2];
const SENDER = [0x02, 0xaa, 0xbb, 0xcc, 0xdd, 0xee];

/** https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html */
const sll = (type: number, protocol: number): number[] => [
  0,
  type,
  0,
  1,
  0,
  6,
  ...SENDER,
  0,
  0,
  protocol >> 8,
  protocol & 0xff,
];
/** https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html */
const sll2 = (type: number, protocol: number): number[] => [
  ...[protocol >> 8, protocol & 0xff, 0, 0, 0, 0, 0, 3, 0, 1, type, 6],
  ...[...SENDER, 0, 0],
];

// LINKTYPE_ values: https://www.tcpdump.org/linktypes.html
describe('an Ethernet header is put in front of', () => {
  test.each<[string, number, readonly number[], Uint8Array, number, readonly number[]]>([
    ['raw IPv4', 101, [], PACKET_4, 0x0800, SOMEBODY],
    ['raw IPv6', 101, [], PACKET_6, 0x86dd, SOMEBODY],
    ['LINKTYPE_IPV4', 228, [], PACKET_4, 0x0800, SOMEBODY],
    ['LINKTYPE_IPV6', 229, [], PACKET_6, 0x86dd, SOMEBODY],
    ['NULL of a little-endian host', 0, [2, 0, 0, 0], PACKET_4, 0x0800, SOMEBODY],
    ['NULL of a big-endian host', 0, [0, 0, 0, 2], PACKET_4, 0x0800, SOMEBODY],
    ['NULL of Linux, IPv6', 0, [10, 0, 0, 0], PACKET_6, 0x86dd, SOMEBODY],
    ['NULL of NetBSD, IPv6', 0, [24, 0, 0, 0], PACKET_6, 0x86dd, SOMEBODY],
    ['NULL of FreeBSD, IPv6', 0, [0, 0, 0, 28], PACKET_6, 0x86dd, SOMEBODY],
    ['NULL of macOS, IPv6', 0, [30, 0, 0, 0], PACKET_6, 0x86dd, SOMEBODY],
    ['LOOP', 108, [0, 0, 0, 24], PACKET_6, 0x86dd, SOMEBODY],
    ['SLL', 113, sll(0, 0x0800), PACKET_4, 0x0800, SENDER],
    ['SLL with ARP', 113, sll(1, 0x0806), new Uint8Array(28), 0x0806, SENDER],
    ['SLL without an address', 113, [0, 0, 0, 1, 0, 0, ...new Array(8).fill(0), 8, 0], PACKET_4, 0x0800, SOMEBODY],
    ['SLL with LLC, whose type is a length', 113, sll(2, 0x0004), Uint8Array.of(0x42, 0x42, 3), 3, SENDER],
    ['SLL2', 276, sll2(0, 0x86dd), PACKET_6, 0x86dd, SENDER],
  ])('%s', async (_, linkType, header, packet, type, source) => {
    const { frames, warnings } = await delivered([{ bytes: bytesOf(header, packet) }], {}, { linkType });
    expect(frames).toEqual([bytesOf(NIC, source, [type >> 8, type & 0xff], packet)]);
    expect(warnings).toEqual(['1 of 1 packets had no Ethernet header; one was put in front.']);
  });

  test.each<[string, number, readonly number[]]>([
    ['raw bytes of no version', 101, [0x50, 1, 2, 3]],
    ['nothing', 101, []],
    ['a family that is not IP', 0, [7, 0, 0, 0, 1, 2, 3]],
    ['a family in no byte order', 0, [2, 1, 0, 0, 0x45]],
    ['a header that is cut', 113, [0, 0, 0, 1, 0, 6]],
    ['a CAN frame', 113, [...sll(0, 0x000c), 1, 2, 3]],
    ['a netlink message', 276, [...sll2(0, 0x0002), 1, 2, 3]],
  ])('but not of %s', async (_, linkType, bytes) => {
    const { frames, warnings } = await delivered([{ bytes: Uint8Array.from(bytes) }], {}, { linkType });
    expect(frames).toEqual([]);
    expect(warnings).toEqual([
      '1 of 1 packets had no Ethernet header and hold no protocol that could have one: left out.',
    ]);
  });

  test('and never of a link type without IP', async () => {
    await expect(delivered([{ bytes: Uint8Array.of(1, 2, 3) }], {}, { linkType: 127 })).rejects.toMatchObject({
      code: 'REPLAY_LINK_TYPE',
      message: expect.stringMatching(/link type 127 \(IEEE802_11_RADIOTAP\).*replay a capture of Ethernet/),
    });
  });
});

describe('a packet cut by the snaplen', () => {
  const whole = craft(ipv4({}, udp({}, new Uint8Array(200).fill(7))));
  const cut = { bytes: whole.subarray(0, 96), originalLength: whole.length };

  test.each<[ShapeOptions['cut'], Uint8Array[], string]>([
    ['pad', [bytesOf(whole.subarray(0, 96), new Uint8Array(whole.length - 96))], 'filled up with zeros'],
    ['keep', [whole.subarray(0, 96)], 'sent as short as they are'],
    ['skip', [], 'left out'],
  ])('%s', async (option, expected, words) => {
    const { frames, warnings } = await delivered([cut], { cut: option });
    expect(frames).toEqual(expected.map((frame) => Uint8Array.from(frame)));
    expect(warnings).toEqual([`1 of 1 packets were cut by the capture's snaplen: ${words} (--cut pad|keep|skip).`]);
  });

  test('is padded behind the header that was put in front', async () => {
    const { frames } = await delivered(
      [{ bytes: PACKET_4.subarray(0, 30), originalLength: 50 }],
      {},
      { linkType: 101 },
    );
    expect(frames[0]).toEqual(bytesOf(NIC, SOMEBODY, [8, 0], PACKET_4.subarray(0, 30), new Uint8Array(20)));
  });

  test('that claims 4 GB takes no memory for it', async () => {
    const { drops } = await delivered([{ bytes: whole.subarray(0, 60), originalLength: 0xffff_ffff }]);
    expect(drops).toEqual({ rx_length_errors: 1 });
  });

  test('is not told from frames that the padding of another left behind', async () => {
    const { frames } = await delivered([
      { bytes: new Uint8Array(100).fill(0xff), originalLength: 120 },
      { bytes: new Uint8Array(50).fill(0xff), originalLength: 120 },
    ]);
    expect(frames[1]).toEqual(bytesOf(new Uint8Array(50).fill(0xff), new Uint8Array(70)));
  });
});

/** A GSO frame: one TCP segment that is far longer than the MTU. */
function gso(around: (layer: Layer) => Layer, length: number, flags: number): Uint8Array {
  const payload = Uint8Array.from({ length }, (_, i) => i % 251);
  const options = { timestamps: { value: 1, echoReply: 2 } };
  return craft(ethernet({}, around(tcp({ sourcePort: 443, sequenceNumber: 0xffff_f000, flags, options }, payload))));
}

const FIN = 1;
const PSH = 8;
const ACK = 16;
const CWR = 128;

// tcp_gso_segment and inet_gso_segment (net/ipv4); the checksums are judged by the dissector.
describe.each<[string, (layer: Layer) => Layer, number, number]>([
  ['IPv4', (layer) => ipv4({ identification: 0xfffe }, layer), 14, 20],
  ['IPv4 with options', (layer) => ipv4({ identification: 0xfffe, options: Uint8Array.of(1, 1, 1, 0) }, layer), 14, 24],
  ['IPv6', (layer) => ipv6({}, layer), 14, 40],
  ['IPv4 in a VLAN', (layer) => vlan({ vlanId: 5 }, ipv4({ identification: 0xfffe }, layer)), 18, 20],
])('a GSO frame of %s', (name, around, link, network) => {
  const frame = gso(around, 5000, FIN | PSH | ACK | CWR);
  const header = link + network + 32;

  test('becomes the segments that a NIC would have sent', async () => {
    const { frames, warnings } = await delivered([{ bytes: frame }]);
    const room = 1500 - network - 32;
    expect(frames.map(({ length }) => length - header)).toEqual([room, room, room, 5000 - 3 * room]);
    expect(bytesOf(...frames.map((part) => part.subarray(header)))).toEqual(frame.subarray(header));
    for (const [i, part] of frames.entries()) {
      const dissection = dissect(part);
      const [ip, segment] = [
        layerOf(dissection, name.startsWith('IPv6') ? 'ipv6' : 'ipv4'),
        layerOf(dissection, 'tcp'),
      ];
      if (ip === undefined || segment === undefined) throw new Error(`Segment ${i} is ${dissection.summary}`);
      expect([segment.checksum, ...ip.notes, ...segment.notes]).toEqual(['good']);
      expect(fieldOf(segment, 'sequenceNumber')).toBe((0xffff_f000 + i * room) >>> 0);
      expect(fieldOf(segment, 'flags')).toBe(ACK | (i === 0 ? CWR : 0) | (i === 3 ? FIN | PSH : 0));
      if (name.startsWith('IPv4')) {
        expect(ip.checksum).toBe('good');
        expect(fieldOf(ip, 'identification')).toBe((0xfffe + i) & 0xffff);
        expect(fieldOf(ip, 'totalLength')).toBe(part.length - link);
      } else {
        expect(fieldOf(ip, 'payloadLength')).toBe(part.length - link - network);
      }
      expect(part.subarray(0, link)).toEqual(frame.subarray(0, link));
      expect(part.subarray(header - 12, header)).toEqual(frame.subarray(header - 12, header));
    }
    expect(warnings).toEqual([
      '1 of 1 packets were longer than the MTU, as GSO and GRO make them: cut into segments where they are TCP (--oversize segment|keep|skip).',
    ]);
  });

  test('does so too with the checksum and the length that the host left to its NIC', async () => {
    const raw = Uint8Array.from(frame);
    raw.fill(0, link + network + 16, link + network + 18);
    raw.fill(0, name.startsWith('IPv6') ? link + 4 : link + 2, name.startsWith('IPv6') ? link + 6 : link + 4);
    const { frames } = await delivered([{ bytes: raw }]);
    const whole = await delivered([{ bytes: frame }]);
    expect(frames).toEqual(whole.frames);
  });

  test('is left out or refused by the MAC, if one likes', async () => {
    expect((await delivered([{ bytes: frame }], { oversize: 'skip' })).frames).toEqual([]);
    const { drops } = await delivered([{ bytes: frame }], { oversize: 'keep' });
    expect(drops).toEqual({ rx_length_errors: 1 });
  });
});

test('an oversize datagram cannot be cut', async () => {
  const { drops, warnings } = await delivered([{ bytes: craft(ipv4({}, udp({}, new Uint8Array(3000)))) }]);
  expect(drops).toEqual({ rx_length_errors: 1 });
  expect(warnings).toHaveLength(1);
});

describe('a checksum that the sender left to its NIC', () => {
  /** The pseudo-header's sum alone (CHECKSUM_PARTIAL), by RFC 1071. */
  function partial(whole: Uint8Array, ip: number, addresses: number, field: number): Uint8Array {
    const frame = Uint8Array.from(whole);
    const view = new DataView(frame.buffer);
    const transport = ip + (addresses === 4 ? 20 : 40);
    let sum = frame.length - transport + (field === 16 ? 6 : 17);
    for (let at = transport - 2 * addresses; at < transport; at += 2) sum += view.getUint16(at);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    view.setUint16(transport + field, sum);
    return frame;
  }

  const cases: [string, Uint8Array, Uint8Array][] = (
    [
      ['TCP over IPv4', ipv4({}, tcp({}, 'hello')), 4, 16],
      ['UDP over IPv4', ipv4({}, udp({}, 'hello')), 4, 6],
      ['TCP over IPv6', ipv6({}, tcp({}, 'hello')), 16, 16],
      ['UDP over IPv6', ipv6({}, udp({}, 'hello')), 16, 6],
    ] as const
  ).map(([name, layer, addresses, field]) => [name, craft(layer), partial(craft(layer), 14, addresses, field)]);

  test.each(cases)('is kept and reported, or repaired: %s', async (_, whole, left) => {
    const kept = await delivered([{ bytes: left }]);
    expect(kept.frames).toEqual([left]);
    expect(kept.warnings).toEqual([
      '1 of 1 packets have a checksum that the sender left to its NIC: kept (--checksums keep|repair).',
    ]);
    const repaired = await delivered([{ bytes: left }], { checksums: 'repair' });
    expect(repaired.frames).toEqual([whole]);
    expect(repaired.warnings[0]).toMatch(/repaired/);
  });

  test('may be that of the IPv4 header', async () => {
    const whole = craft(ipv4({}, udp({}, 'hello')));
    const left = Uint8Array.from(whole).fill(0, 24, 26);
    expect((await delivered([{ bytes: left }], { checksums: 'repair' })).frames).toEqual([whole]);
  });

  test('is not one that is merely wrong: that stays', async () => {
    const wrong = Uint8Array.from(craft(ipv4({}, udp({}, 'hello'))));
    wrong[40] = (wrong[40] as number) ^ 0x55;
    const { frames, warnings } = await delivered([{ bytes: wrong }], { checksums: 'repair' });
    expect(frames).toEqual([wrong]);
    expect(warnings).toEqual([]);
  });

  test('nor that of a UDP datagram without one, or of a fragment', async () => {
    const without = craft(ipv4({}, udp({ checksum: 0 }, 'hello')));
    const fragment = partial(craft(ipv4({ fragmentOffset: 8 }, udp({}, 'hello'))), 14, 4, 6);
    const { frames, warnings } = await delivered([{ bytes: without }, { bytes: fragment }], { checksums: 'repair' });
    expect(frames).toEqual([without, fragment]);
    expect(warnings).toEqual([]);
  });
});

describe('a frame check sequence', () => {
  const frame = craft(ipv4({}, DATAGRAM));
  const withFcs = bytesOf(frame, new Uint8Array(Uint32Array.of(frameCheckSequence(frame)).buffer));

  test.each<[string, ShapeOptions['fcs'], number | undefined, Uint8Array]>([
    ['is taken off where the capture says that it is there', 'auto', 4, frame],
    ['stays where the capture says nothing', 'auto', undefined, withFcs],
    ['is taken off if one insists', 'strip', undefined, frame],
    ['stays if one insists', 'keep', 4, withFcs],
  ])('%s', async (_, fcs, fcsLength, expected) => {
    const described = fcsLength === undefined ? {} : { fcsLength };
    const { frames, warnings } = await delivered([{ bytes: withFcs }], { fcs }, described);
    expect(frames).toEqual([expected]);
    expect(warnings).toHaveLength(expected === frame ? 1 : 0);
  });

  test('that was cut off is not taken off again', async () => {
    const { frames } = await delivered([{ bytes: frame, originalLength: withFcs.length }], {}, { fcsLength: 4 });
    expect(frames).toEqual([frame]);
  });
});

describe('a direction', () => {
  const packets = (['in', 'out', undefined] as (Direction | undefined)[]).map((direction, i) => ({
    bytes: craft(ipv4({ identification: i }, DATAGRAM)),
    direction,
  }));
  const identification = (frame: Uint8Array): number => frame[19] as number;

  test.each<[ShapeOptions['direction'], number[], RegExp]>([
    ['both', [0, 1, 2], /^1 of 3 packets were sent by the capturing host itself/],
    ['in', [0, 2], /^1 of 3 packets went the other way and were left out \(--direction in\)/],
    ['out', [1, 2], /^1 of 3 packets went the other way and were left out \(--direction out\)/],
  ])('of %s leaves out the other; packets without one always count', async (direction, expected, warning) => {
    const { frames, warnings } = await delivered(packets, { direction });
    expect(frames.map(identification)).toEqual(expected);
    expect(warnings[0]).toMatch(warning);
  });

  test.each<[ShapeOptions['direction'], number]>([
    ['both', 5],
    ['in', 4],
    ['out', 1],
  ])('%s goes by the packet type of a cooked header', async (direction, count) => {
    const cooked = [0, 1, 2, 3, 4].map((type) => ({ bytes: bytesOf(sll(type, 0x0800), PACKET_4) }));
    expect((await delivered(cooked, { direction }, { linkType: 113 })).frames).toHaveLength(count);
  });
});

test('with rewritten destinations a card takes everything without being promiscuous', async () => {
  const capture = captureOf([
    { bytes: craft(ethernet({ destination: '02:11:22:33:44:55' }, ipv4({}, DATAGRAM))), timestamp: T },
  ]);
  const device = { queues: 1, macAddress: MAC, promiscuous: false };
  const { report } = await replayed(capture, { device });
  expect(report.drops).toEqual({ rx_steer_missed_packets: 1 });
  const { output } = await replayed(capture, { device, shape: { rewriteDestination: true } });
  expect(output[0]?.bytes.subarray(0, 6)).toEqual(Uint8Array.from(NIC));
});

test('packets without an Ethernet header are left out, zero-length ones too', async () => {
  const { frames, warnings } = await delivered([{}, { bytes: new Uint8Array(13) }, { bytes: new Uint8Array(14) }]);
  expect(frames).toEqual([new Uint8Array(14)]);
  expect(warnings).toEqual(['2 of 3 packets were shorter than an Ethernet header: left out.']);
});

test('whatever bytes a capture holds, every packet becomes frames or is accounted for', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(0, 1, 101, 108, 113, 228, 276),
      fc.array(fc.record({ bytes: fc.uint8Array({ maxLength: 200 }), extra: fc.nat(4000) }), { maxLength: 30 }),
      fc.record({
        cut: fc.constantFrom('pad' as const, 'keep' as const, 'skip' as const),
        oversize: fc.constantFrom('segment' as const, 'keep' as const, 'skip' as const),
        checksums: fc.constantFrom('keep' as const, 'repair' as const),
        fcs: fc.constantFrom('auto' as const, 'strip' as const, 'keep' as const),
        direction: fc.constantFrom('both' as const, 'in' as const, 'out' as const),
        rewriteDestination: fc.boolean(),
      }),
      async (linkType, packets, shape) => {
        const written = packets.map(({ bytes, extra }, i) => ({
          bytes,
          timestamp: T + BigInt(i),
          originalLength: bytes.length + (extra > 2000 ? extra : 0),
        }));
        const { report } = await replayed(captureOf(written, { interfaces: [{ linkType }] }), { ...QUIET, shape });
        expect(report.error).toBeNull();
        expect(report.captures[0]?.packets).toBe(packets.length);
      },
    ),
    { numRuns: 40 },
  );
});
