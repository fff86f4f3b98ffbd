import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { createCapture, encodeCapture } from '@hookline/pcap';
import { afterAll, describe, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'hookline-pcap-'));
afterAll(() => rmSync(folder, { recursive: true }));

const packets = Array.from({ length: 5000 }, (_, index) => ({
  bytes: Uint8Array.from({ length: 200 }, (__, at) => index + at),
  timestamp: BigInt(index),
}));
const wanted = Buffer.from(encodeCapture(packets));

describe('where a capture is written to', () => {
  test('a slow stream gets the same bytes as a file, and is waited for', async () => {
    const chunks: Buffer[] = [];
    let waiting = 0;
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk, _encoding, done) {
        waiting += 1;
        chunks.push(chunk);
        setTimeout(() => {
          waiting -= 1;
          done();
        }, 1);
      },
    });
    const writer = createCapture(slow);
    for (const packet of packets) {
      writer.write(packet);
      await writer.flush();
      expect(waiting).toBe(0);
      if (chunks.length > 50) break;
    }
    for (const packet of packets.slice(chunks.length)) writer.write(packet);
    await writer.close();
    expect(Buffer.concat(chunks).equals(wanted)).toBe(true);

    const path = join(folder, 'x.pcapng');
    const file = createCapture(path);
    for (const packet of packets) file.write(packet);
    await file.close();
    expect(readFileSync(path).equals(wanted)).toBe(true);
  });

  test('a stream that fails, and a path that cannot be', async () => {
    const failing = new Writable({
      write(_chunk, _encoding, done) {
        done(new Error('no space left'));
      },
    });
    const writer = createCapture(failing);
    writer.write({ bytes: new Uint8Array(1), timestamp: 0n });
    await expect(writer.close()).rejects.toMatchObject({
      code: 'CAPTURE_UNWRITABLE',
      message: expect.stringMatching(/no space left\. Check/),
    });
    expect(() => createCapture(join(folder, 'missing', 'x.pcap'))).toThrow(
      expect.objectContaining({ code: 'CAPTURE_UNWRITABLE' }),
    );
  });
});
