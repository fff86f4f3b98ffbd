import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { replayInProcess, writeLargeCapture } from './large-capture.ts';

/** What a capture of any size must get by with; `node bench/large-capture.ts` tries 2 GB. */
const MOST_MEBIBYTES = 300;

test('a capture of 200 MB streams through in less than 300 MB of memory', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-memory-'));
  try {
    const path = join(folder, 'large.pcap');
    const packets = await writeLargeCapture(path, 200e6);
    const measured = await replayInProcess(path);
    expect(measured.sent).toBe(packets);
    expect(measured.residentMebibytes).toBeLessThan(MOST_MEBIBYTES);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);
