import { openCapture } from '@hookline/pcap';
import { describe, expect, test } from 'vitest';
import { collect, pcapHeader, readAll } from './raw-capture.ts';

const data = [1, 2, 3, 4, 5];

describe('pcap magics (draft-ietf-opsawg-pcap, section 4)', () => {
  test.each([
    ['microseconds', 0xa1b2c3d4, 123_456, 123_456_000n, 16],
    ['nanoseconds', 0xa1b23c4d, 123_456_789, 123_456_789n, 16],
    ['modified', 0xa1b2cd34, 123_456, 123_456_000n, 24],
  ])('%s, both byte orders', async (_name, magic, fraction, nanoseconds, recordHeader) => {
    for (const littleEndian of [true, false]) {
      const file = pcapHeader(littleEndian, magic);
      for (const second of [1_700_000_000, 0xffff_ffff]) {
        file.u32(second, fraction, data.length, 99);
        if (recordHeader === 24) file.u32(7).u16(0x0800).raw([0, 0]);
        file.raw(data);
      }
      const capture = await openCapture(file.bytes());
      expect([capture.format, capture.compressed]).toEqual(['pcap', false]);
      const packets = await collect(capture);
      expect(packets.map(({ timestamp }) => timestamp)).toEqual([
        1_700_000_000_000_000_000n + nanoseconds,
        0xffff_ffffn * 1_000_000_000n + nanoseconds,
      ]);
      for (const [index, packet] of packets.entries()) {
        expect(packet).toMatchObject({ number: index + 1, originalLength: 99, interfaceIndex: 0, comments: [] });
        expect([...packet.bytes]).toEqual(data);
      }
    }
  });

  test('the link-type word carries the FCS length only when its P bit is set', async () => {
    const at = async (word: number) => (await openCapture(pcapHeader(true, 0xa1b2c3d4, word).bytes())).interfaces[0];
    expect(await at(0x2400_0001)).toMatchObject({ linkType: 1, fcsLength: 4 });
    expect(await at(0x2000_0001)).toMatchObject({ linkType: 1, fcsLength: undefined });
  });

  test('a fraction of a second or more is carried', async () => {
    const file = pcapHeader(true, 0xa1b2c3d4).u32(10, 3_500_000, 0, 0).bytes();
    const { packets } = await readAll(file);
    expect(packets[0]?.timestamp).toBe(13_500_000_000n);
  });

  test('versions before 2.3 have the lengths the other way round, 2.3 either way', async () => {
    const record = (version: [number, number], first: number, second: number) =>
      readAll(pcapHeader(true, 0xa1b2c3d4, 1, version).u32(0, 0, first, second).raw(data).bytes());
    for (const [version, first, second] of [
      [[2, 2], 60, 5],
      [[2, 3], 60, 5],
      [[2, 3], 5, 60],
      [[2, 4], 5, 60],
    ] as [[number, number], number, number][]) {
      const { packets, error } = await record(version, first, second);
      expect(error).toBeUndefined();
      expect(packets[0]).toMatchObject({ originalLength: 60 });
      expect([...(packets[0]?.bytes ?? [])]).toEqual(data);
    }
  });

  test('an unknown major version is refused', async () => {
    const { error } = await readAll(pcapHeader(true, 0xa1b2c3d4, 1, [3, 0]).bytes());
    expect(error).toMatchObject({ code: 'CAPTURE_UNSUPPORTED', offset: 4 });
  });

  test('USB packets may be larger than 256 KiB, Ethernet packets may not', async () => {
    const large = new Uint8Array(300_000);
    const file = (link: number) =>
      Buffer.concat([pcapHeader(true, 0xa1b2c3d4, link).u32(0, 0, large.length, large.length).bytes(), large]);
    expect((await readAll(file(189))).packets[0]?.bytes.length).toBe(large.length);
    expect((await readAll(file(1))).error).toMatchObject({ code: 'CAPTURE_CORRUPT', offset: 24, packet: 1 });
  });
});
