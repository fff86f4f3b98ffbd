import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodeCapture, type PacketToWrite } from '@hookline/pcap';
import { afterAll, describe, expect, test } from 'vitest';
import { hookline } from './run-hookline.ts';

const folder = mkdtempSync(join(tmpdir(), 'hookline-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

function stored(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** Ethernet, ARP: who has 192.168.0.2? tell 192.168.0.1; padded to 60 bytes. */
const arp = new Uint8Array(60);
arp.set(
  Buffer.from(
    'ffffffffffff 001122334455 0806 0001080006040001 001122334455 c0a80001 000000000000 c0a80002'.replaceAll(' ', ''),
    'hex',
  ),
);
/** IPv4, UDP from 10.0.0.1 port 53 to 10.0.0.2 port 1024, 12 bytes. */
const udp = new Uint8Array(40);
udp.set(Buffer.from('4500002800000000401100000a0000010a000002 0035040000140000'.replaceAll(' ', ''), 'hex'));

const start = 1_700_000_000_000_000_000n;
const packets: PacketToWrite[] = [
  // Out of order: the range is that of the timestamps, not of the file.
  { bytes: arp, timestamp: start + 2_000_000_001n, originalLength: 1500, direction: 'in' },
  {
    bytes: udp,
    timestamp: start,
    interfaceIndex: 1,
    direction: 'out',
    comments: ['slow \u001b[31mpath'],
  },
];
const options = {
  interfaces: [
    { name: 'eth0', snapLength: 60 },
    { name: 'tun0', linkType: 101 },
  ],
};
const file = stored('two.pcapng', encodeCapture(packets, options));
const whole = encodeCapture(packets, options);
const cut = stored('cut.pcapng', whole.subarray(0, whole.length - 3));

describe.concurrent('hookline capture', () => {
  test('--json is exactly the documented object', async () => {
    const { code, stdout, stderr } = await hookline(['capture', file, '--json']);
    expect(JSON.parse(stdout)).toEqual({
      file,
      format: 'pcapng',
      packets: 2,
      capturedBytes: 100,
      originalBytes: 1540,
      firstTimestampNs: '1700000000000000000',
      lastTimestampNs: '1700000002000000001',
      error: null,
    });
    expect([code, stderr]).toEqual([0, '']);
  });

  test('without packets there are no timestamps', async () => {
    const empty = stored('none.pcap.gz', gzipSync(encodeCapture([], { format: 'pcap' })));
    const { code, stdout } = await hookline(['capture', '--json', empty]);
    expect(JSON.parse(stdout)).toMatchObject({
      format: 'pcap',
      packets: 0,
      firstTimestampNs: null,
      lastTimestampNs: null,
      error: null,
    });
    expect(code).toBe(0);
  });

  test('the summary', async () => {
    const { code, stdout } = await hookline(['capture', file]);
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      `${file}  pcapng`,
      '  packets       2',
      '  captured      100 bytes',
      '  on the wire   1,540 bytes',
      '  first packet  2023-11-14 22:13:20.000000000 UTC',
      '  last packet   2023-11-14 22:13:22.000000001 UTC',
      '  duration      2.000000001 s',
      '  average rate  1.00 packets/s, 6.16 kb/s',
      '',
      'interface  link type  snap length  time unit  packets  bytes',
      'eth0       ETHERNET            60    10^-9 s        1  1,500',
      'tun0       RAW               none    10^-9 s        1     40',
      '',
    ]);
  });

  test('--packets lists them, and what a file says cannot steer the terminal', async () => {
    const { stdout } = await hookline(['capture', file, '--packets']);
    const [first, second] = stdout.split('\n');
    expect(first).toMatch(
      /^ {5}1 {2}2023-11-14 22:13:22\.000000001 {2}eth0 {2}in {2}ARP, Request who-has 192\.168\.0\.2 tell 192\.168\.0\.1/,
    );
    expect(second).toMatch(
      /^ {5}2 {2}2023-11-14 22:13:20\.000000000 {2}tun0 {2}out {2}IP 10\.0\.0\.1\.53 > 10\.0\.0\.2\.1024: UDP, length 12 {2}# slow \\u001b\[31mpath$/,
    );
    expect(stdout).not.toContain('\u001b');
  });

  test('--packets --json is one document', async () => {
    const { stdout } = await hookline(['capture', file, '--packets', '--json']);
    const { packetList, ...summary } = JSON.parse(stdout);
    expect(summary).toMatchObject({ file, packets: 2, error: null });
    expect(packetList).toMatchObject([
      { number: 1, timestampNs: '1700000002000000001', interface: 'eth0', direction: 'in', originalLength: 1500 },
      {
        number: 2,
        interface: 'tun0',
        capturedLength: 40,
        summary: expect.stringContaining('UDP, length 12'),
        comments: ['slow \u001b[31mpath'],
      },
    ]);
  });

  test('--limit reads no further', async () => {
    const one = await hookline(['capture', cut, '-n', '1', '--json']);
    // The damage lies behind the first packet.
    expect(JSON.parse(one.stdout)).toMatchObject({ packets: 1, originalBytes: 1500, error: null });
    expect(one.code).toBe(0);
    const none = await hookline(['capture', file, '--limit', '0', '--json', '--packets']);
    expect(JSON.parse(none.stdout)).toMatchObject({ packets: 0, packetList: [] });
  });

  test('a damaged capture shows what was read, then the error', async () => {
    const sentence = /^.*cut\.pcapng: ends .* \(packet 2, byte \d+\)\. .*\.$/;
    const json = await hookline(['capture', cut, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ packets: 1, error: expect.stringMatching(sentence) });
    expect(json.code).toBe(1);
    const text = await hookline(['capture', cut]);
    expect(text.stdout).toMatch(/packets +1\n/);
    expect(text.stderr).toMatch(/^hookline: .*cut\.pcapng: ends [^\n]*\n$/);
    expect(text.code).toBe(1);
  });

  test('- is standard input', async () => {
    const { stdout } = await hookline(['capture', '-', '--json'], { input: gzipSync(whole) });
    expect(JSON.parse(stdout)).toMatchObject({ file: '-', packets: 2, error: null });
  });

  test('a reader that goes away is no error', async () => {
    const many = Array.from({ length: 200_000 }, (_, i) => ({ bytes: new Uint8Array(1), timestamp: BigInt(i) }));
    const large = stored('large.pcapng', encodeCapture(many));
    const { code, stderr } = await hookline(['capture', large, '--packets'], { closeAfter: 100 });
    expect([code, stderr]).toEqual([0, '']);
  });
});

const full = '/dev/full';

test.skipIf(!existsSync(full))('a full disk is one line and exit code 1 (needs /dev/full)', async () => {
  const { code, stderr } = await hookline(['capture', file, '--packets'], { stdout: full });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^hookline: ENOSPC[^\n]*\n$/);
});

describe.concurrent('what cannot be read is one line and exit code 1', () => {
  test.each([
    ['a directory', folder, /is a directory/],
    ['a missing file', join(folder, 'missing.pcap'), /does not exist/],
    ['an empty file', stored('empty.pcap', new Uint8Array(0)), /is empty/],
    ['a text', stored('text.pcap', Buffer.from('not a capture')), /neither pcap nor pcapng/],
  ])('%s', async (_name, path, message) => {
    const text = await hookline(['capture', path]);
    expect(text).toMatchObject({ code: 1, stdout: '' });
    expect(text.stderr).toMatch(/^hookline: [^\n]+\n$/);
    expect(text.stderr).toMatch(message);
    const json = await hookline(['capture', path, '--json']);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      file: path,
      format: null,
      packets: 0,
      error: expect.stringMatching(message),
    });
  });
});
