import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodeCapture, openCapture } from '@hookline/pcap';
import { afterAll, expect, test } from 'vitest';
import { collect, concat, inPieces, readAll } from './raw-capture.ts';

const folder = mkdtempSync(join(tmpdir(), 'hookline-pcap-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Packets whose bytes do not compress, so that places in the file and in its packets correspond roughly. */
const packets = Array.from({ length: 2000 }, (_, index) => ({
  bytes: Uint8Array.from({ length: 100 }, (__, at) => Math.imul(index * 100 + at + 1, 0x9e3779b1) >>> 24),
  timestamp: BigInt(index),
}));
const plain = encodeCapture(packets);
const zipped = new Uint8Array(gzipSync(plain));

test('gzip is recognised by its bytes, not by its name', async () => {
  const path = join(folder, 'plainly-named.pcap');
  writeFileSync(path, zipped);
  for (const source of [path, zipped, inPieces(zipped, [1, 1000])]) {
    const capture = await openCapture(source);
    expect([capture.compressed, capture.format]).toEqual([true, 'pcapng']);
    expect((await collect(capture)).map(({ bytes }) => bytes)).toEqual(packets.map(({ bytes }) => bytes));
    expect(capture.bytesRead).toBe(zipped.length);
  }
});

test('members that follow one another are one capture, what follows the last is not read', async () => {
  const half = plain.length >>> 1;
  const members = concat(gzipSync(plain.subarray(0, half)), gzipSync(plain.subarray(half)));
  expect((await readAll(members)).packets).toHaveLength(packets.length);
  const trailing = await readAll(concat(zipped, new Uint8Array(40_000)));
  expect(trailing.error).toBeUndefined();
  expect(trailing.packets).toHaveLength(packets.length);
});

test('a file cut short yields what it holds', async () => {
  const { packets: read, error } = await readAll(zipped.subarray(0, zipped.length >>> 1));
  expect(error).toMatchObject({ code: 'CAPTURE_TRUNCATED', message: expect.stringMatching(/gzip/) });
  // The data is stored nearly one to one.
  expect(read.length).toBeGreaterThan(packets.length * 0.45);
  expect(read.map(({ bytes }) => bytes)).toEqual(packets.slice(0, read.length).map(({ bytes }) => bytes));
});

test('a wrong checksum comes after every packet', async () => {
  const wrong = zipped.slice();
  wrong[wrong.length - 6] = (wrong[wrong.length - 6] ?? 0) ^ 1;
  const { packets: read, error } = await readAll(wrong);
  expect(read).toHaveLength(packets.length);
  expect(error).toMatchObject({ code: 'CAPTURE_CORRUPT', message: expect.stringMatching(/gzip/) });
});

test('damage in the middle costs only what lies behind it', async () => {
  // Stored blocks: a changed block header is damage at a known place.
  const stored = new Uint8Array(gzipSync(plain, { level: 0 }));
  const length = new DataView(stored.buffer).getUint16(11, true);
  const second = 10 + 5 + length;
  stored[second + 1] = (stored[second + 1] ?? 0) ^ 0xff;
  const { packets: read, error } = await readAll(stored);
  expect(error).toMatchObject({ code: 'CAPTURE_CORRUPT', offset: length });
  // Section header 28 bytes, interface 32, each packet 132.
  expect(read).toHaveLength(Math.floor((length - 60) / 132));
});

test('an empty member, and a member that is no capture', async () => {
  expect((await readAll(new Uint8Array(gzipSync('')))).error).toMatchObject({ code: 'CAPTURE_EMPTY' });
  expect((await readAll(new Uint8Array(gzipSync('hello')))).error).toMatchObject({ code: 'CAPTURE_NOT_A_CAPTURE' });
  expect((await readAll(Uint8Array.of(0x1f, 0x8b, 8))).error).toMatchObject({ code: 'CAPTURE_TRUNCATED' });
});
