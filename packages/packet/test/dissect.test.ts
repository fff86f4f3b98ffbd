import {
  craft,
  dissect,
  ethernet,
  fieldOf,
  flowOf,
  fragment,
  gre,
  icmpTimeExceeded,
  ipv4,
  ipv6,
  layerOf,
  tcp,
  udp,
  vlan,
} from '@hookline/packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { capturedPackets, capturesMissing } from './captures.ts';
import { CRAFTED } from './crafted.ts';
import { hex } from './hex.ts';

const LINK_TYPES = [0, 1, 12, 14, 101, 108, 113, 228, 229, 276];

/** What holds for every packet, however broken. */
function checkSound(bytes: Uint8Array, linkType: number, originalLength?: number): void {
  const { layers, payload, summary } = dissect(bytes, linkType, originalLength);
  let end = 0;
  for (const layer of layers) {
    expect(layer.offset).toBeGreaterThanOrEqual(end);
    end = layer.offset + layer.length;
    expect(end).toBeLessThanOrEqual(bytes.length);
    for (const { offset, size } of [...layer.fields, ...layer.options]) {
      expect(offset).toBeGreaterThanOrEqual(layer.offset);
      expect(offset + size).toBeLessThanOrEqual(end);
    }
  }
  expect(payload.offset).toBeGreaterThanOrEqual(end);
  expect(payload.offset + payload.length).toBeLessThanOrEqual(bytes.length);
  expect(summary).toMatch(/^.+$/);
  flowOf(bytes, linkType);
}

describe('never throws, and stays inside the packet', () => {
  const linkType = fc.constantFrom(...LINK_TYPES, 105, -1, 2 ** 40);
  const length = fc.option(fc.nat(70_000), { nil: undefined });

  test('random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), linkType, length, checkSound), { numRuns: 2000 });
  });

  test('crafted packets with bytes changed and cut off', () => {
    const change = fc.record({ at: fc.nat(200), value: fc.nat(255) });
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(CRAFTED)),
        fc.array(change, { maxLength: 4 }),
        fc.nat(200),
        length,
        (crafted, changes, cut, originalLength) => {
          const bytes = crafted.bytes.slice(0, Math.max(0, crafted.bytes.length - (cut > 100 ? 0 : cut)));
          for (const { at, value } of changes) if (at < bytes.length) bytes[at] = value;
          checkSound(bytes, crafted.linkType ?? 1, originalLength);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test.skipIf(capturesMissing !== '')(
    `packets of the shared captures, changed${capturesMissing && ` (skipped: ${capturesMissing})`}`,
    async () => {
      const packets = (await capturedPackets(new Set(LINK_TYPES))).filter(({ bytes }) => bytes.length < 2000);
      expect(packets.length).toBeGreaterThan(3000);
      fc.assert(
        fc.property(fc.constantFrom(...packets), fc.nat(), fc.nat(255), fc.nat(), (packet, at, value, cut) => {
          const bytes = packet.bytes.slice(0, cut % 4 === 0 ? cut % (packet.bytes.length + 1) : undefined);
          if (bytes.length > 0) bytes[at % Math.min(bytes.length, 80)] = value;
          checkSound(bytes, packet.linkType, packet.originalLength);
        }),
        { numRuns: 3000 },
      );
    },
  );

  test('tunnels in tunnels end somewhere', () => {
    const tags = new Uint8Array(60_000);
    tags.set(craft(vlan()).subarray(0, 14));
    for (let i = 14; i + 4 <= tags.length; i += 4) tags.set([0, 1, 0x81, 0], i);
    expect(dissect(tags).layers.length).toBe(64);
  });
});

describe('fields come back as they were crafted', () => {
  const u = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
  const ipv4Text = fc.ipV4();
  const tcpFields = {
    sourcePort: u(16),
    destinationPort: u(16),
    sequenceNumber: u(32),
    acknowledgmentNumber: u(32),
    flags: u(8),
    window: u(16),
    urgentPointer: u(16),
  };
  const data = fc.uint8Array({ maxLength: 40 });

  function expectFields(bytes: Uint8Array, protocol: string, fields: object): void {
    const layer = layerOf(dissect(bytes), protocol);
    const found = Object.fromEntries(Object.keys(fields).map((name) => [name, layer && fieldOf(layer, name)]));
    expect(found).toEqual(fields);
    expect(layer?.notes).toEqual([]);
    expect(layer?.checksum).not.toBe('bad');
  }

  test('IPv4 and TCP', () => {
    const ip = fc.record({
      source: ipv4Text,
      destination: ipv4Text,
      ttl: u(8),
      dscp: u(6),
      ecn: u(2),
      identification: u(16),
      dontFragment: u(1),
    });
    fc.assert(
      fc.property(ip, fc.record(tcpFields), data, (ipFields, fields, payload) => {
        const bytes = craft(ipv4(ipFields, tcp(fields, payload)));
        expectFields(bytes, 'ipv4', ipFields);
        expectFields(bytes, 'tcp', fields);
        const { layers, payload: rest } = dissect(bytes);
        expect(layers.map(({ checksum }) => checksum)).toEqual([undefined, 'good', 'good']);
        expect(bytes.subarray(rest.offset, rest.offset + rest.length)).toEqual(payload);
      }),
    );
  });

  test('IPv6 and UDP, in VLAN tags and GRE', () => {
    const ip = fc.record({ hopLimit: u(8), flowLabel: u(20), dscp: u(6), ecn: u(2) });
    const ports = fc.record({ sourcePort: u(16), destinationPort: u(16).filter((port) => port !== 4789) });
    const tag = fc.record({ vlanId: u(12), priority: u(3), dropEligible: u(1) });
    fc.assert(
      fc.property(tag, ip, ports, data, u(32), (tagFields, ipFields, fields, payload, key) => {
        const bytes = craft(vlan(tagFields, gre({ key, checksumPresent: 1 }, ipv6(ipFields, udp(fields, payload)))));
        expectFields(bytes, 'vlan', tagFields);
        expectFields(bytes, 'gre', { key });
        expectFields(bytes, 'ipv6', ipFields);
        expectFields(bytes, 'udp', fields);
        expect(layerOf(dissect(bytes), 'udp')?.checksum).toBe('good');
      }),
    );
  });
});

describe('checksum verdicts', () => {
  const verdict = (bytes: Uint8Array, protocol: string, linkType?: number, original?: number) =>
    layerOf(dissect(bytes, linkType, original), protocol)?.checksum;

  test('any changed bit of a segment is noticed', () => {
    const good = craft(tcp({}, 'payload'));
    fc.assert(
      fc.property(fc.integer({ min: 34, max: good.length - 1 }), fc.nat(7), (at, bit) => {
        const bytes = good.slice();
        bytes[at] = (bytes[at] as number) ^ (1 << bit);
        expect(verdict(bytes, 'tcp')).toBe('bad');
      }),
    );
  });

  test('UDP without one: absent over IPv4, illegal over IPv6 (RFC 8200 section 8.1)', () => {
    expect(verdict(craft(ipv4({}, udp({ checksum: 0 }))), 'udp')).toBe('absent');
    expect(verdict(craft(ipv6({}, udp({ checksum: 0 }))), 'udp')).toBe('illegal');
  });

  test('neither a fragment nor a packet cut short can be verified', () => {
    expect(verdict(craft(ipv4({ moreFragments: 1 }, udp({}, 'x'))), 'udp')).toBe('unverified');
    const whole = craft(tcp({}, 'a long enough payload'));
    expect(verdict(whole.subarray(0, 60), 'tcp', 1, whole.length)).toBe('unverified');
    expect(verdict(whole.subarray(0, 60), 'ipv4', 1, whole.length)).toBe('good');
  });
});

describe('notes', () => {
  const notes = (bytes: Uint8Array, original?: number) =>
    dissect(bytes, 1, original).layers.flatMap(({ protocol, notes: own }) =>
      own.map(({ kind, text }) => `${protocol} ${kind}: ${text}`),
    );

  test('the capture ends inside a header', () => {
    const whole = craft(tcp());
    expect(notes(whole.subarray(0, 40), whole.length)).toEqual([
      'tcp truncated: the header needs 20 bytes, 6 are left',
    ]);
  });

  test('the packet ends inside a header', () => {
    expect(notes(craft(ipv4({ protocol: 6 }, 'short')))).toEqual([
      'tcp malformed: the header needs 20 bytes, 5 are left',
    ]);
  });

  test.each([
    [
      'a length beyond the packet',
      ipv4({ totalLength: 100 }, 'x'),
      'ipv4 malformed: totalLength 100, but the packet has 21 bytes',
    ],
    ['a length inside the header', ipv4({ totalLength: 19 }), 'ipv4 malformed: totalLength 19 is less than the header'],
    ['a header length below 5', ipv4({ headerLength: 4 }), 'ipv4 malformed: headerLength 4 is less than 5'],
    ['another version', ipv6({ version: 4 }), 'ipv6 malformed: version 4'],
    ['a data offset below 5', tcp({ dataOffset: 4 }), 'tcp malformed: dataOffset 4 is less than 5'],
    [
      'an option without room',
      tcp({ options: Uint8Array.of(2, 9, 0, 0) }),
      'tcp malformed: maximumSegmentSize does not fit into the options',
    ],
    [
      'an option of length 0',
      tcp({ options: Uint8Array.of(8, 0, 0, 0) }),
      'tcp malformed: timestamps does not fit into the options',
    ],
    ['a UDP length below 8', udp({ length: 7 }), 'udp malformed: length 7 is less than the header'],
  ])('%s', (_, layer, note) => {
    expect(notes(craft(layer))).toEqual([note]);
  });

  test('the first fragment of a tunnel ends before what it carries', () => {
    const inner = craft(udp({}, 'much more than eight bytes'), { link: 'none' }).subarray(0, 32);
    for (const outer of [
      ipv4({ moreFragments: 1, protocol: 4 }, inner),
      ipv6({}, fragment({ moreFragments: 1, nextHeader: 4 }, inner)),
    ]) {
      const { layers } = dissect(craft(outer));
      expect(layers.slice(-2).map(({ protocol }) => protocol)).toEqual(['ipv4', 'udp']);
      expect(layers.flatMap(({ notes: own }) => own)).toEqual([]);
      expect(layers.at(-1)?.checksum).toBe('unverified');
    }
  });

  test('a quoted packet is short on purpose', () => {
    const quoted = craft(ipv4({}, udp({}, 'much more than eight bytes')), { link: 'none' }).subarray(0, 28);
    const { layers } = dissect(craft(icmpTimeExceeded({}, quoted)));
    expect(layers.map(({ protocol, quoted: isQuoted }) => [protocol, isQuoted])).toEqual([
      ['ethernet', false],
      ['ipv4', false],
      ['icmp', false],
      ['ipv4', true],
      ['udp', true],
    ]);
    expect(layers.flatMap(({ notes: own }) => own)).toEqual([]);
    expect(layers[4]?.checksum).toBe('unverified');
  });
});

describe('link types', () => {
  const packet = craft(udp({}, 'x'), { link: 'none' });
  const behind = (header: string) => Uint8Array.of(...hex(header), ...packet);

  // https://www.tcpdump.org/linktypes.html and its pages for LINUX_SLL and LINUX_SLL2.
  test.each<[string, number, Uint8Array, string[]]>([
    ['NULL, little-endian', 0, behind('02000000'), ['null', 'ipv4', 'udp']],
    ['NULL, big-endian', 0, behind('00000002'), ['null', 'ipv4', 'udp']],
    ['LOOP', 108, behind('00000002'), ['loop', 'ipv4', 'udp']],
    ['RAW', 101, packet, ['ipv4', 'udp']],
    ['RAW of BSD', 12, packet, ['ipv4', 'udp']],
    ['RAW of OpenBSD', 14, packet, ['ipv4', 'udp']],
    ['IPV4', 228, packet, ['ipv4', 'udp']],
    ['IPV6', 229, craft(ipv6({}, udp()), { link: 'none' }), ['ipv6', 'udp']],
    ['LINUX_SLL', 113, behind('0000 0001 0006 020000000001 0000 0800'), ['linuxSll', 'ipv4', 'udp']],
    ['LINUX_SLL2', 276, behind('0800 0000 00000002 0001 00 06 020000000001 0000'), ['linuxSll2', 'ipv4', 'udp']],
    ['one that is not known', 105, packet, []],
  ])('%s', (_, linkType, bytes, protocols) => {
    expect(dissect(bytes, linkType).layers.map(({ protocol }) => protocol)).toEqual(protocols);
  });
});

describe('summary', () => {
  test.each([
    [
      'TCP over IPv4',
      ipv4(
        { source: '10.0.0.1', destination: '10.0.0.2' },
        tcp({ sourcePort: 1234, destinationPort: 80, sequenceNumber: 9 }, 'abc'),
      ),
      'IP 10.0.0.1.1234 > 10.0.0.2.80: Flags [S], seq 9:12, win 65535, length 3',
    ],
    [
      'TCP with options',
      tcp({
        flags: ['SYN', 'ACK'],
        acknowledgmentNumber: 5,
        options: { maximumSegmentSize: 1460, sackPermitted: true },
      }),
      'IP 192.0.2.1.49152 > 192.0.2.2.9: Flags [S.], seq 0, ack 5, win 65535, options [mss 1460,sackOK,eol], length 0',
    ],
    ['UDP over IPv6', ipv6({}, udp({}, 'abc')), 'IP6 2001:db8::1.49152 > 2001:db8::2.9: UDP, length 3'],
    ['a VLAN tag', vlan({ vlanId: 7 }, udp()), 'vlan 7: IP 192.0.2.1.49152 > 192.0.2.2.9: UDP, length 0'],
    [
      'a tunnel',
      gre({ key: 5 }, tcp()),
      'IP 192.0.2.1 > 192.0.2.2: GREv0, key=0x5, length 48: IP 192.0.2.1.49152 > 192.0.2.2.9: Flags [S], seq 0, win 65535, length 0',
    ],
    ['an unknown frame', ethernet({}, 'x'), '02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype 0x88b5, length 15'],
    [
      'what is malformed',
      ipv4({ totalLength: 9 }),
      'IP 192.0.2.1 > 192.0.2.2 [ipv4: totalLength 9 is less than the header]',
    ],
  ])('%s', (_, layer, summary) => {
    expect(dissect(craft(layer)).summary).toBe(summary);
  });

  test('a header cut off, as tcpdump shows it', () => {
    const bytes = craft(tcp());
    expect(dissect(bytes.subarray(0, 40), 1, bytes.length).summary).toBe('IP 192.0.2.1 > 192.0.2.2: [|tcp]');
  });
});
