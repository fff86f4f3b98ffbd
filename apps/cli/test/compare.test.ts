import { join } from 'node:path';
import { encodeCapture } from '@hookline/pcap';
import { describe, expect, test } from 'vitest';
import { hookline } from './run-hookline.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const dns = join(import.meta.dirname, '../../../pcaps/dns.pcap');

const open = folder.write(
  'open.yaml',
  'default: pass\nrules:\n  - { name: everything else, action: pass, protocol: 17 }\n',
);
const closed = folder.write(
  'closed.yaml',
  `default: pass
rules:
  - { name: no questions, action: drop, protocol: udp, destinationPort: 53 }
  - { name: everything else, action: pass, protocol: 17 }
`,
);
const passing = folder.write('pass.asm', 'r0 = 2\nexit');
const dropping = folder.write('drop.asm', 'r0 = 1\nexit');

const compareRules = ['compare', 'firewall', 'firewall', dns, '--old-config', open, '--new-config', closed];

describe.concurrent('hookline compare', () => {
  test('lists by flow what a change of rules does, and exits with 1', async () => {
    const { code, stdout, stderr } = await hookline([...compareRules, '--flows', '1']);
    expect([code, stderr]).toEqual([1, '']);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe(`Compared  ${dns}, 28 packets`);
    expect(lines[1]).toBe(`Old       firewall with ${open}, at XDP`);
    expect(lines[2]).toBe(`New       firewall with ${closed}, at XDP`);
    // 7 of the packets are UDP to port 53, each from a port of its own; the answers still match the same rule (tshark).
    expect(lines[3]).toBe('Changed   7 of 28 frames, in 1 way');
    expect(lines[5]).toBe('PASS by rule 1: everything else -> DROP by rule 1: no questions: 7 frames of 7 flows');
    expect(lines[6]).toMatch(/^ {2}frames {2}flow +packet {2}for example$/);
    expect(lines[7]).toMatch(/^ {7}1 {2}udp \S+ \S+ +\d+ {2}IP \S+ > \S+\.53: /);
    expect(lines[8]).toBe('  and 6 frames of 6 more flows');
  });

  test('--json says the same for programs', async () => {
    const { code, stdout } = await hookline([...compareRules, '--json']);
    expect(code).toBe(1);
    const comparison = JSON.parse(stdout);
    expect(comparison).toMatchObject({
      hook: 'xdp',
      captures: [{ file: dns, packets: 28 }],
      frames: { compared: 28, changed: 7, tooLong: 0 },
      changes: [
        {
          old: { verdict: 'PASS', rules: ['rule 1: everything else'] },
          new: { verdict: 'DROP', rules: ['rule 1: no questions'] },
          differs: ['verdict', 'rule'],
          frames: 7,
        },
      ],
      error: null,
    });
    expect(comparison.changes[0].flows).toHaveLength(7);
  });

  test('exits with 0 where nothing differs', async () => {
    const { code, stdout } = await hookline(['compare', 'firewall', 'firewall', dns, dns]);
    expect(code).toBe(0);
    expect(stdout).toContain('Changed   nothing: 56 frames fare alike\n');
  });

  test('reads several captures and standard input, and names the one of each example', async () => {
    const frame = new Uint8Array(60).fill(0xff, 0, 6);
    frame.set([0x88, 0xb5], 12);
    const input = encodeCapture([{ bytes: frame, timestamp: 0n }]);
    const { code, stdout } = await hookline(['compare', passing, dropping, dns, '-', '-n', '29'], { input });
    expect(code).toBe(1);
    expect(stdout).toContain('          <stdin>, 1 packet\n');
    expect(stdout).toMatch(/^ {2}frames {2}flow +capture +packet {2}for example$/m);
    // ARP and an experimental EtherType (RFC 9542) have no flow.
    expect(stdout).toMatch(/^ +3 {2}not IP /m);
  });

  test.each([
    ['no captures', ['compare', 'firewall', 'firewall'], /missing required argument 'capture'/],
    ['an unknown program', ['compare', 'firewal', 'firewall', dns], /'firewal' is neither a file/],
    [
      'a configuration for assembly',
      ['compare', passing, dropping, dns, '--new-config', open],
      /takes no configuration/,
    ],
    ['different hooks', ['compare', 'pass-all', passing, dns, '--hook', 'tc'], /for the tc hook/],
    ['a bad MTU', ['compare', passing, dropping, dns, '--mtu', '9'], /mtu of eth0 is 9/],
  ])('refuses %s with exit code 2', async (_, args, message) => {
    const { code, stdout, stderr } = await hookline(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^hookline: .*\n$/);
  });

  test('a damaged capture is compared up to the damage, and exits with 1', async () => {
    const frame = new Uint8Array(60);
    const bytes = encodeCapture([
      { bytes: frame, timestamp: 0n },
      { bytes: frame, timestamp: 0n },
    ]);
    const cut = folder.write('cut.pcapng', bytes.subarray(0, bytes.length - 3));
    const { code, stdout, stderr } = await hookline(['compare', passing, passing, cut, '--json']);
    expect(code).toBe(1);
    const { frames, error } = JSON.parse(stdout);
    expect(frames).toEqual({ compared: 1, changed: 0, tooLong: 0 });
    expect(stderr).toBe(`hookline: ${error}\n`);
  });
});
