import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replayInProcess, writeLargeCapture } from '../test/large-capture.ts';

/** Streams a generated capture of 2 GB (or the given number of bytes) through `hookline replay`. */
const bytes = Number(process.argv[2] ?? 2e9);
const MOST_MEBIBYTES = 300;

const folder = mkdtempSync(join(tmpdir(), 'hookline-large-'));
try {
  const path = join(folder, 'large.pcap');
  const packets = await writeLargeCapture(path, bytes);
  const { sent, seconds, residentMebibytes } = await replayInProcess(path);
  const rate = ((sent / seconds) * 1e-6).toFixed(2);
  console.log(
    `${(bytes / 1e9).toFixed(1)} GB, ${packets} packets: ${sent} sent, ${seconds.toFixed(1)} s ` +
      `(${rate} Mpackets/s), at most ${residentMebibytes.toFixed(0)} MiB resident`,
  );
  if (sent !== packets || residentMebibytes >= MOST_MEBIBYTES) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
