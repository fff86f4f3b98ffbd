import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { CaptureError, encodeCapture, openCapture } from '@hookline/pcap';
import { afterAll, describe, expect, test } from 'vitest';
import {
  block,
  collect,
  concat,
  enhancedPacket,
  interfaceBlock,
  pcapHeader,
  RawBytes,
  readAll,
  sectionHeader,
} from './raw-capture.ts';

const folder = mkdtempSync(join(tmpdir(), 'hookline-pcap-'));
afterAll(() => rmSync(folder, { recursive: true }));

const data = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const good = enhancedPacket(true, 0, 1n, data);
const head = concat(sectionHeader(true), interfaceBlock(true, 1, 0));
const ngDamage = head.length + good.length;
const record = (length: number) => new RawBytes(true).u32(1, 2, length, length).raw(data.subarray(0, length)).bytes();

function stored(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('what is not a capture is refused in one sentence', () => {
  test.each([
    ['a missing file', join(folder, 'missing.pcap'), 'CAPTURE_NOT_FOUND', /missing\.pcap: does not exist\. /],
    ['a path through a file', join(stored('plain', data), 'x'), 'CAPTURE_NOT_FOUND', /does not exist/],
    ['a directory', folder, 'CAPTURE_IS_DIRECTORY', /is a directory/],
    ['an empty file', stored('empty.pcap', new Uint8Array(0)), 'CAPTURE_EMPTY', /is empty/],
    ['text', stored('text.pcap', Buffer.from('hello')), 'CAPTURE_NOT_A_CAPTURE', /starts with 68 65 6c 6c/],
    ['three bytes', stored('three.pcap', Uint8Array.of(0xd4, 0xc3, 0xb2)), 'CAPTURE_NOT_A_CAPTURE', /d4 c3 b2/],
    ['Zstandard', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0), 'CAPTURE_NOT_A_CAPTURE', /unzstd/],
    ['half a header', pcapHeader(true, 0xa1b2c3d4).bytes().subarray(0, 20), 'CAPTURE_TRUNCATED', /inside its header/],
  ] as const)('%s', async (_name, source, code, message) => {
    const opening = openCapture(source);
    await expect(opening).rejects.toBeInstanceOf(CaptureError);
    await expect(opening).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    // One line, and the last thing it says is what to do.
    await expect(opening).rejects.toMatchObject({ message: expect.stringMatching(/^[^\n]+\. [A-Z][^\n]+\.$/) });
  });

  test('a stream of text', async () => {
    const { error } = await readAll(Readable.from(['abc']) as AsyncIterable<never>);
    expect(error).toMatchObject({ code: 'CAPTURE_UNREADABLE', message: expect.stringMatching(/yields a string/) });
  });

  test('a stream that fails', async () => {
    const file = concat(pcapHeader(true, 0xa1b2c3d4).bytes(), record(8));
    async function* failing() {
      yield file;
      throw new Error('connection lost');
    }
    const { packets, error } = await readAll(failing());
    expect(packets).toHaveLength(1);
    expect(error).toMatchObject({ code: 'CAPTURE_UNREADABLE', message: expect.stringMatching(/connection lost/) });
  });

  test('a second pass', async () => {
    const capture = await openCapture(head);
    await collect(capture);
    await expect(collect(capture)).rejects.toMatchObject({ code: 'CAPTURE_CONSUMED' });
  });
});

describe('a damaged capture yields what comes before the damage, then says where it is', () => {
  const pcap = concat(pcapHeader(true, 0xa1b2c3d4).bytes(), record(8));
  const pcapDamage = 24 + 16 + 8;

  test.each([
    ['a record header cut short', concat(pcap, record(8).subarray(0, 10)), 'CAPTURE_TRUNCATED'],
    ['packet bytes cut short', concat(pcap, record(8).subarray(0, 20)), 'CAPTURE_TRUNCATED'],
    ['an absurd length', concat(pcap, new RawBytes(true).u32(1, 2, 0xffff_ffff, 60).bytes()), 'CAPTURE_CORRUPT'],
    ['a length above the limit', concat(pcap, new RawBytes(true).u32(1, 2, 262_145, 60).bytes()), 'CAPTURE_CORRUPT'],
  ])('pcap: %s', async (_name, bytes, code) => {
    const { packets, error } = await readAll(bytes);
    expect(packets).toHaveLength(1);
    expect(error).toMatchObject({ code, offset: pcapDamage, packet: 2 });
    expect(error?.message).toContain(`(packet 2, byte ${pcapDamage})`);
  });

  const withLength = (length: number) => new RawBytes(true).u32(6, length).raw(good.subarray(8)).bytes();
  const badTrailer = good.slice();
  badTrailer[badTrailer.length - 4] = 99;
  const packetOf = (id: number, captured: number) =>
    block(true, 6, (body) => body.u32(id, 0, 0, captured, captured).raw(data));

  test.each([
    ['a block cut short', good.subarray(0, 20), 'CAPTURE_TRUNCATED'],
    ['a block header cut short', good.subarray(0, 5), 'CAPTURE_TRUNCATED'],
    ['a block of length 0', withLength(0), 'CAPTURE_CORRUPT'],
    ['a block of length 4', withLength(4), 'CAPTURE_CORRUPT'],
    ['a length that is no multiple of 4', withLength(41), 'CAPTURE_CORRUPT'],
    ['an absurd block length', withLength(0xffff_fffc), 'CAPTURE_CORRUPT'],
    ['lengths that differ', badTrailer, 'CAPTURE_CORRUPT'],
    ['an interface that was not described', packetOf(1, 8), 'CAPTURE_CORRUPT'],
    ['a packet that does not fit its block', packetOf(0, 9), 'CAPTURE_CORRUPT'],
    ['an absurd packet length', packetOf(0, 0xffff_ffff), 'CAPTURE_CORRUPT'],
    ['a packet block without room for its fields', block(true, 6, (body) => body.u32(0)), 'CAPTURE_CORRUPT'],
    ['a simple packet without room', block(true, 3, (body) => body), 'CAPTURE_CORRUPT'],
    ['a simple packet that does not fit', block(true, 3, (body) => body.u32(99).raw(data)), 'CAPTURE_CORRUPT'],
    ['an interface without room', block(true, 1, (body) => body.u32(1)), 'CAPTURE_CORRUPT'],
    ['an interface option past its end', interfaceBlock(true, 1, 0, [[9, [6]]]).fill(0xff, 18, 20), 'CAPTURE_CORRUPT'],
    ['if_tsresol of two bytes', interfaceBlock(true, 1, 0, [[9, [6, 0]]]), 'CAPTURE_CORRUPT'],
    ['a bad byte-order magic', block(true, 0x0a0d0d0a, (body) => body.u32(1, 1, 1, 1)), 'CAPTURE_CORRUPT'],
    ['a section header without room', block(true, 0x0a0d0d0a, (body) => body.u32(0x1a2b3c4d)), 'CAPTURE_CORRUPT'],
    [
      'a section of version 2',
      block(true, 0x0a0d0d0a, (body) => body.u32(0x1a2b3c4d).u16(2, 0).u64(-1n)),
      'CAPTURE_UNSUPPORTED',
    ],
  ])('pcapng: %s', async (_name, damaged, code) => {
    for (const options of [{}, { batchSize: 1, bufferSize: 64 }]) {
      const { packets, error } = await readAll(concat(head, good, damaged, good), options);
      // A cut at the end, not in the middle.
      if (code === 'CAPTURE_TRUNCATED') {
        const cut = await readAll(concat(head, good, damaged), options);
        expect(cut.packets).toHaveLength(1);
        expect(cut.error).toMatchObject({ code, offset: ngDamage, packet: 2 });
      } else {
        expect(packets).toHaveLength(1);
        expect(error).toMatchObject({ code, offset: ngDamage, packet: 2 });
      }
    }
  });

  test('pcapng: an unknown block cut short, and one whose lengths differ', async () => {
    const unknown = block(true, 0xbad, (body) => body.raw(new Uint8Array(200)));
    const cut = await readAll(concat(head, good, unknown.subarray(0, 150)), { bufferSize: 64 });
    expect(cut.packets).toHaveLength(1);
    expect(cut.error).toMatchObject({ code: 'CAPTURE_TRUNCATED', packet: 2 });
    unknown[unknown.length - 1] = 9;
    const differs = await readAll(concat(head, good, unknown, good), { bufferSize: 64 });
    expect(differs.packets).toHaveLength(1);
    expect(differs.error).toMatchObject({ code: 'CAPTURE_CORRUPT', packet: 2 });
  });

  test('damaged options do not cost the packet', async () => {
    const packet = enhancedPacket(true, 0, 1n, data, [[1, [65, 66]]]);
    packet.fill(0xff, packet.length - 16, packet.length - 14);
    const { packets, error } = await readAll(concat(head, packet, good));
    expect(error).toBeUndefined();
    expect(packets.map(({ comments }) => comments)).toEqual([[], []]);
  });
});

describe('memory', () => {
  test('a claimed length costs nothing until the bytes arrive', async () => {
    const before = process.memoryUsage().arrayBuffers;
    // 128 MiB are believed of a USB packet; the file has 8 bytes of it.
    const bytes = concat(
      pcapHeader(true, 0xa1b2c3d4, 189).bytes(),
      new RawBytes(true).u32(1, 2, 0x0800_0000, 0x0800_0000).raw(data).bytes(),
    );
    const { error } = await readAll(bytes);
    expect(error).toMatchObject({ code: 'CAPTURE_TRUNCATED', packet: 1 });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 2 ** 20);
  });

  test('a file of interfaces only ends in an error, not in a full heap', async () => {
    async function* interfaces() {
      yield sectionHeader(true);
      const many = concat(...Array.from({ length: 1024 }, () => interfaceBlock(true, 1, 0)));
      for (;;) yield many;
    }
    const { error } = await readAll(interfaces());
    expect(error).toMatchObject({ code: 'CAPTURE_CORRUPT', message: expect.stringMatching(/65536 interfaces/) });
  });

  test('leaving a loop early closes the source', async () => {
    let closed = false;
    async function* endless() {
      try {
        yield encodeCapture([{ bytes: data, timestamp: 1n }], { format: 'pcap' });
        for (;;) yield record(8);
      } finally {
        closed = true;
      }
    }
    for await (const packet of await openCapture(endless())) {
      if (packet.number === 100) break;
    }
    expect(closed).toBe(true);
  });
});
