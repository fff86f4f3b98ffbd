import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { arp, craft, ipv4, type Layer, tcp, udp } from '@hookline/packet';
import { encodeCapture } from '@hookline/pcap';
import { loadService } from '@hookline/programs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Report, replay, type TestReplayOptions, writeOutput } from '../src/index.ts';
import { failureOf, rejectionOf } from './failure.ts';
import { denied, firewall } from './firewall.ts';
import { guard, syns } from './programs.ts';

const SYN_FLOOD = '../../../pcaps/syn-flood.pcap';
/** One queue, so that packets leave in the order in which they came. */
const SMALL: TestReplayOptions = { host: { memoryPages: 2048 }, device: { queues: 1, rxRing: 128 } };

function captureOf(...layers: readonly Layer[]): Uint8Array {
  return encodeCapture(
    layers.map((layer, i) => ({ bytes: craft(layer, { minimumLength: 60 }), timestamp: BigInt(i) * 10_000n })),
  );
}

// tshark -r syn-flood.pcap: 900 frames with SYN and without ACK, 900 other TCP frames, 2 ARP frames.
describe('the replay of a flood', () => {
  let report: Report;
  beforeAll(async () => {
    report = await replay(SYN_FLOOD, guard);
  });

  test('has verdicts, all of them', () => {
    expect(report).toHaveVerdicts({ DROP: 900, TX: 900, PASS: 2 });
    expect(report).not.toHaveVerdicts({ DROP: 900, TX: 900 });
    expect(report).not.toHaveVerdicts({ DROP: 900, TX: 900, PASS: 2, REDIRECT: 1 });
    expect(failureOf(() => expect(report).toHaveVerdicts({ DROP: 1800, PASS: 2 }))).toBe(
      `
Expected the replay of ${SYN_FLOOD} through guard to have these verdicts:

  DROP  900, expected 1800
  PASS  2
  TX    900, expected 0`.trim(),
    );
    expect(() => expect(report).toHaveVerdicts({ SHOT: 1 })).toThrow(
      "There is no verdict 'SHOT' in this report: give ABORTED, DROP, PASS, TX, REDIRECT, unknown.",
    );
  });

  test('has dropped frames, by reason', () => {
    expect(report).toHaveDropped();
    expect(report).toHaveDropped({ exactly: 900 });
    expect(report).toHaveDropped({ reason: 'XDP', atLeast: 900 });
    expect(report).toHaveDropped({ reason: 'XDP', atMost: 900 });
    expect(report).toHaveDropped({ reason: 'rx_missed_errors', exactly: 0 });
    expect(report).not.toHaveDropped({ reason: 'XDP', atLeast: 901 });
    expect(report).not.toHaveDropped({ reason: 'rx_missed_errors' });
    expect(failureOf(() => expect(report).toHaveDropped({ reason: 'rx_missed_errors', atLeast: 1 }))).toBe(
      `
Expected the replay of ${SYN_FLOOD} through guard to have dropped at least 1 frames for rx_missed_errors, but it dropped 0.

  XDP  900`.trim(),
    );
    expect(() => expect(report).toHaveDropped({ atLeast: 2, atMost: 1 })).toThrow(
      'No count is from 2 to 1: give numbers that can be.',
    );
  });

  test('conserves frames', () => {
    expect(report).toConserveFrames();
    const lost = { ...report, conservation: { ...report.conservation, dropped: 899 } };
    expect(lost).not.toConserveFrames();
    expect(failureOf(() => expect(lost).toConserveFrames())).toBe(
      `
Expected the replay of ${SYN_FLOOD} through guard to conserve frames: 1802 came in, 1801 are accounted for.

  In   1802 from the wire, 0 created
  Out  900 transmitted, 2 delivered, 899 dropped, 0 held`.trim(),
    );
  });

  test('leaves its maps, added up over CPUs', () => {
    expect(report).toHaveMapEntry(syns, 0, 900n);
    expect(report).toHaveMapEntry('syns', 0);
    expect(report).not.toHaveMapEntry(syns, 1);
    expect(failureOf(() => expect(report).toHaveMapEntry(syns, 0, 899n))).toBe(
      `
Expected the map 'syns' to have the entry 0 with 899n, but there is 900n.

  0  900n`.trim(),
    );
    expect(() => expect(report).toHaveMapEntry('acks', 0)).toThrow("The program has no map 'acks': it has syns.");
  });
});

test('a replay takes what a frame takes: maps, a configuration, a hook', async () => {
  const telnet = ipv4({ source: '198.51.100.7' }, tcp({ destinationPort: 80 }));
  const filled = await replay(captureOf(telnet), firewall, { ...SMALL, maps: { denied: [['198.51.100.7', 1]] } });
  expect(filled).toHaveVerdicts({ DROP: 1 });
  expect(filled).toHaveMapEntry(denied, '198.51.100.7', 1);
  const service = await loadService('drop-all');
  expect(await replay([captureOf(udp()), captureOf(arp())], service, { ...SMALL, hook: 'tc' })).toHaveVerdicts({
    SHOT: 2,
  });
});

describe('what left the host', () => {
  const CAPTURE = captureOf(tcp({ flags: ['ACK'] }), tcp({ flags: ['SYN'] }), tcp({ flags: ['FIN'] }), arp());
  const sent = (flags: 'ACK' | 'FIN', ttl = 7): Layer => ipv4({ ttl }, tcp({ flags: [flags] }));
  let report: Report;
  beforeAll(async () => {
    report = await replay(CAPTURE, guard, SMALL);
  });

  // The stack takes the ARP frame at once, while the FIN is on its way through the transmit ring.
  test('matches a capture, as a whole or by interface', async () => {
    await expect(report).toMatchCapture(captureOf(sent('ACK'), arp(), sent('FIN')));
    await expect(report).toMatchCapture(captureOf(sent('ACK'), sent('FIN')), { interface: 'eth0' });
    await expect(report).toMatchCapture(captureOf(arp()), { interface: 'eth0-stack' });
    await expect(report).not.toMatchCapture(captureOf(arp()));
  });

  test('matches what was written of it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hookline-vitest-'));
    try {
      const file = join(folder, 'expected.pcapng');
      await writeOutput(report, file);
      await expect(report).toMatchCapture(file);
      await expect(report).toMatchCapture(file, { interface: 'eth0-stack' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('differs in fields, with their bytes', async () => {
    const text = await rejectionOf(
      expect(report).toMatchCapture(captureOf(sent('ACK', 64), sent('FIN'), arp()), { interface: 'eth0' }),
    );
    expect(text).toBe(
      `
Expected the packets that left the host to match the expected capture: 3 expected, 2 left the host, and 2 differ.

  Packet 1  expected IP 192.0.2.1.49152 > 192.0.2.2.9: Flags [.], seq 0, ack 0, win 65535, length 0
            got      IP 192.0.2.1.49152 > 192.0.2.2.9: Flags [.], seq 0, ack 0, win 65535, length 0
            ipv4.ttl: 64 -> 7 (byte 22)
            ipv4.checksum: 0xf6cc -> 0x2fcd (byte 24)

  Packet 3  missing: ARP, Request who-has 192.0.2.2 tell 192.0.2.1, length 28`.trim(),
    );
  });

  test('has packets that nobody expected', async () => {
    expect(await rejectionOf(expect(report).toMatchCapture(captureOf(sent('ACK'), arp())))).toMatch(
      /: 2 expected, 3 left the host, and 1 differs\.\n\n {2}Packet 3 {2}unexpected: IP .* Flags \[F\]/,
    );
  });

  test('is not known of reports from elsewhere', async () => {
    expect(await rejectionOf(expect({ ...report }).toMatchCapture(CAPTURE))).toBe(
      'This is no report of a replay in this test: give what await replay(capture, program) of @hookline/vitest resolves to.',
    );
    expect(() => expect({}).toHaveVerdicts({})).toThrow(
      'expect was given no report of a replay: give what await replay(capture, program) resolves to.',
    );
  });
});
