import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCapture, openCapture } from '@hookline/pcap';
import { afterAll, describe, expect, test } from 'vitest';
import { collect } from './raw-capture.ts';

const installed = spawnSync('tshark', ['--version']).status === 0;
const required = process.env.HOOKLINE_REQUIRE_TSHARK !== undefined;
const folder = mkdtempSync(join(tmpdir(), 'hookline-pcap-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** One line a packet, the named fields between tabs, as Wireshark's dissector sees them. */
function fields(path: string, names: readonly string[]): string[][] {
  const wanted = names.flatMap((name) => ['-e', name]);
  const output = execFileSync('tshark', ['-r', path, '-T', 'fields', '-E', 'occurrence=a', ...wanted], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return output
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.split('\t'));
}

const frame = new Uint8Array(60);
const ipv4 = Uint8Array.from(Buffer.from('4500001400000000400600007f0000017f000001', 'hex'));

test.runIf(required)('tshark is installed, because HOOKLINE_REQUIRE_TSHARK asks for it', () => {
  expect(installed).toBe(true);
});

describe.skipIf(!installed)(
  `Wireshark reads what is written${installed ? '' : ' (skipped: tshark is not installed)'}`,
  () => {
    test('pcapng: interfaces, directions, comments, times, lengths', async () => {
      const path = join(folder, 'written.pcapng');
      const writer = createCapture(path, { interfaces: [{ name: 'eth0', snapLength: 96 }] });
      writer.write({
        bytes: frame,
        timestamp: 1_700_000_000_123_456_789n,
        direction: 'in',
        comments: ['first comment'],
      });
      writer.addInterface({ name: 'tun0', description: 'a tunnel', linkType: 101 });
      writer.write({ bytes: ipv4, timestamp: 4_294_967_296_000_000_001n, interfaceIndex: 1, direction: 'out' });
      writer.write({ bytes: frame.subarray(0, 31), timestamp: 0n, originalLength: 1500 });
      await writer.close();
      expect(
        fields(path, [
          'frame.time_epoch',
          'frame.cap_len',
          'frame.len',
          'frame.interface_name',
          'frame.interface_description',
          'frame.packet_flags_direction',
          'frame.comment',
        ]),
      ).toEqual([
        ['1700000000.123456789', '60', '60', 'eth0', '', '0x00000001', 'first comment'],
        ['4294967296.000000001', '20', '20', 'tun0', 'a tunnel', '0x00000002', ''],
        ['0.000000000', '31', '1500', 'eth0', '', '', ''],
      ]);
    });

    test('pcap: nanoseconds, lengths, link type', async () => {
      const path = join(folder, 'written.pcap');
      const writer = createCapture(path, { format: 'pcap', interfaces: [{ linkType: 101 }] });
      writer.write({ bytes: ipv4, timestamp: 4_294_967_295_999_999_999n, originalLength: 99 });
      await writer.close();
      expect(fields(path, ['frame.time_epoch', 'frame.cap_len', 'frame.len', 'ip.src'])).toEqual([
        ['4294967295.999999999', '20', '99', '127.0.0.1'],
      ]);
    });

    test('what Wireshark writes is read, compressed too', async () => {
      const original = join(folder, 'for-editcap.pcapng');
      const writer = createCapture(original, { interfaces: [{ name: 'eth0' }] });
      for (let i = 0; i < 100; i += 1)
        writer.write({ bytes: frame, timestamp: 1_700_000_000_000_000_000n + BigInt(i) });
      await writer.close();
      for (const format of ['pcap', 'nsecpcap', 'modpcap', 'pcapng']) {
        const converted = join(folder, `converted.${format}`);
        const { status } = spawnSync('editcap', ['-F', format, original, converted]);
        expect(status).toBe(0);
        const packets = await collect(await openCapture(converted));
        // Microsecond formats lose the nanoseconds.
        const exact = format === 'nsecpcap' || format === 'pcapng';
        expect(packets.map(({ timestamp }) => timestamp)).toEqual(
          Array.from({ length: 100 }, (_, i) => 1_700_000_000_000_000_000n + (exact ? BigInt(i) : 0n)),
        );
        expect(packets.every(({ bytes }) => bytes.length === 60)).toBe(true);
      }
    });
  },
);
