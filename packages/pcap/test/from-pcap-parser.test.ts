import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Capture, CaptureError, fromPcapParser } from '@hookline/pcap';
import fc from 'fast-check';
import { parse } from 'pcap-parser';
import { afterAll, describe, expect, test } from 'vitest';
import { collect, concat, pcapHeader, RawBytes, readAll } from './raw-capture.ts';

const folder = mkdtempSync(join(tmpdir(), 'hookline-pcap-'));
afterAll(() => rmSync(folder, { recursive: true }));

const record = fc.record({
  seconds: fc.integer({ min: 0, max: 0xffff_ffff }),
  microseconds: fc.integer({ min: 0, max: 1_999_999 }),
  original: fc.integer({ min: 0, max: 0xffff_ffff }),
  data: fc.uint8Array({ maxLength: 100 }),
});

const capture = fc.tuple(fc.boolean(), fc.array(record, { maxLength: 30 })).map(([littleEndian, records]) => {
  const parts = records.map(({ seconds, microseconds, original, data }) =>
    new RawBytes(littleEndian).u32(seconds, microseconds, data.length, original).raw(data).bytes(),
  );
  return concat(pcapHeader(littleEndian, 0xa1b2c3d4).bytes(), ...parts);
});

/** What a capture yields, in comparable form. */
async function contents(source: Capture) {
  const packets: unknown[] = [];
  try {
    for await (const packet of source) packets.push({ ...packet, bytes: [...packet.bytes] });
    return { packets, code: undefined };
  } catch (error) {
    if (error instanceof CaptureError) return { packets, code: error.code };
    throw error;
  }
}

describe('captures parsed by the npm package pcap-parser', () => {
  test('agree with our own reader, whole or cut', async () => {
    await fc.assert(
      fc.asyncProperty(capture, fc.nat(), async (bytes, cut) => {
        // One byte at least: the parser never ends an empty stream of a Readable in old stream mode.
        const part = bytes.subarray(0, bytes.length - (cut % (bytes.length - 24 + 1)));
        const own = await readAll(part, { name: 'x' });
        const theirs = await contents(fromPcapParser(parse(Readable.from([Buffer.from(part)])), 'x'));
        expect(theirs.packets).toEqual(own.packets.map((packet) => ({ ...packet, bytes: [...packet.bytes] })));
        expect(theirs.code).toBe(own.error?.code);
      }),
      { numRuns: 100 },
    );
  });

  test('many packets arrive in order although the stream is paused meanwhile', async () => {
    const count = 50_000;
    const one = new RawBytes(true);
    const chunks: Buffer[] = [Buffer.from(pcapHeader(true, 0xa1b2c3d4).bytes())];
    const template = one.u32(0, 0, 4, 4).raw([0, 0, 0, 0]).bytes();
    for (let at = 0; at < count; at += 1000) {
      const chunk = Buffer.alloc(1000 * template.length);
      for (let i = 0; i < 1000; i += 1) {
        chunk.set(template, i * template.length);
        chunk.writeUInt32LE(at + i, i * template.length + 16);
      }
      chunks.push(chunk);
    }
    const path = join(folder, 'many.pcap');
    writeFileSync(path, Buffer.concat(chunks));
    const source = fromPcapParser(parse(path));
    let next = 0;
    for await (const batch of source.batches()) {
      expect(batch.firstNumber).toBe(next + 1);
      for (let i = 0; i < batch.count; i += 1) {
        const at = batch.offset[i] ?? 0;
        if (Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset).readUInt32LE(at) !== next) {
          throw new Error(`packet ${next} is out of order`);
        }
        if (batch.base + at !== 24 + next * 20 + 16) throw new Error(`packet ${next} has a wrong file offset`);
        next += 1;
      }
    }
    expect(next).toBe(count);
    expect(source.bytesRead).toBe(24 + count * 20);
  });

  test('what it refuses is one error', async () => {
    const parser = () => fromPcapParser(parse(Readable.from([Buffer.from('this is not a capture file')])), 'text');
    await expect(collect(parser())).rejects.toMatchObject({
      code: 'CAPTURE_NOT_A_CAPTURE',
      message: expect.stringMatching(/^text: .*unknown magic number/),
    });
    await expect(collect(fromPcapParser(parse(join(folder, 'missing'))))).rejects.toMatchObject({
      code: 'CAPTURE_UNREADABLE',
    });
  });
});
