import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What tshark must not do: names, reassembly, guesses at protocols. What it must: verify checksums. */
const SETTINGS = [
  'ip.defragment:FALSE',
  'ipv6.defragment:FALSE',
  'tcp.desegment_tcp_streams:FALSE',
  'tcp.analyze_sequence_numbers:FALSE',
  'ip.check_checksum:TRUE',
  'tcp.check_checksum:TRUE',
  'udp.check_checksum:TRUE',
  'udp.try_heuristic_first:FALSE',
];

/** Why tshark cannot be asked; empty where it can. A missing tshark is an error where HOOKLINE_REQUIRE_TSHARK is set. */
export function tsharkMissing(): string {
  const { error, status } = spawnSync('tshark', ['--version'], { stdio: 'ignore' });
  if (!error && status === 0) return '';
  const reason = 'tshark is not installed';
  if (process.env.HOOKLINE_REQUIRE_TSHARK) throw new Error(`${reason}, and HOOKLINE_REQUIRE_TSHARK is set.`);
  return reason;
}

/**
 * What tshark says of the packets of a capture file, one object a packet. A field that the packet lacks is '', of one
 * that occurs several times the first is given.
 */
export function tshark<const F extends string>(
  capture: Uint8Array,
  fields: readonly F[],
): readonly Readonly<Record<F, string>>[] {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-tshark-'));
  try {
    // Not through a pipe: tshark wants to seek.
    const file = join(folder, 'capture');
    writeFileSync(file, capture);
    const args = ['-n', '-r', file, '-T', 'fields', '-E', 'occurrence=f'];
    for (const setting of SETTINGS) args.push('-o', setting);
    for (const field of fields) args.push('-e', field);
    const { stdout, stderr, status } = spawnSync('tshark', args, { encoding: 'utf8', maxBuffer: 1 << 26 });
    if (status !== 0) throw new Error(`tshark failed: ${stderr}`);
    return stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        const values = line.split('\t');
        return Object.fromEntries(fields.map((field, i) => [field, values[i] ?? ''])) as Record<F, string>;
      });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
