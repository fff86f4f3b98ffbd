import { openCapture } from '@hookline/pcap';
import { describe, expect, test } from 'vitest';
import {
  block,
  collect,
  concat,
  enhancedPacket,
  inPieces,
  interfaceBlock,
  readAll,
  sectionHeader,
} from './raw-capture.ts';

const data = Uint8Array.of(1, 2, 3, 4, 5);
const name = (text: string): [number, Iterable<number>] => [2, Buffer.from(text)];

describe('pcapng (draft-ietf-opsawg-pcapng)', () => {
  test('sections of either byte order number their interfaces anew', async () => {
    const file = concat(
      sectionHeader(true),
      interfaceBlock(true, 1, 0, [name('eth0')]),
      interfaceBlock(true, 101, 0, [name('tun0')]),
      enhancedPacket(true, 1, 5n, data),
      sectionHeader(false),
      interfaceBlock(false, 113, 0, [name('any')]),
      enhancedPacket(false, 0, 6n, data),
    );
    const capture = await openCapture(file);
    const packets = await collect(capture);
    expect(capture.interfaces.map((found) => found.name)).toEqual(['eth0', 'tun0', 'any']);
    expect(packets.map((packet) => [packet.interface.name, packet.interfaceIndex, packet.timestamp])).toEqual([
      ['tun0', 1, 5000n],
      ['any', 2, 6000n],
    ]);
  });

  test('simple packets have no timestamp and are cut by the snap length', async () => {
    const simple = block(true, 3, (body) => body.u32(100).raw(data));
    const { packets } = await readAll(concat(sectionHeader(true), interfaceBlock(true, 1, data.length), simple));
    expect(packets).toHaveLength(1);
    expect(packets[0]).toMatchObject({ originalLength: 100, timestamp: undefined });
    expect(packets[0]?.bytes).toEqual(data);
  });

  test('an untimed packet between timed ones does not inherit a time, nor the other way round', async () => {
    const simple = block(true, 3, (body) => body.u32(data.length).raw(data));
    const timed = enhancedPacket(true, 0, 7n, data);
    const file = concat(sectionHeader(true), interfaceBlock(true, 1, 0), timed, simple, timed, simple);
    // One packet a batch: the columns are reused each time.
    const { packets } = await readAll(file, { batchSize: 1 });
    expect(packets.map(({ timestamp }) => timestamp)).toEqual([7000n, undefined, 7000n, undefined]);
  });

  test('obsolete packet blocks', async () => {
    const old = block(false, 2, (body) =>
      body.u16(0, 0xffff).u32(0, 9, data.length, 77).raw(data).pad().u16(2, 4).u32(2).u16(0, 0),
    );
    const { packets } = await readAll(concat(sectionHeader(false), interfaceBlock(false, 1, 0), old));
    expect(packets[0]).toMatchObject({ originalLength: 77, timestamp: 9000n, direction: 'out' });
  });

  test('direction, FCS length and comments of a packet, and unknown options between them', async () => {
    for (const littleEndian of [true, false]) {
      const word = (value: number) => {
        const bytes = [value & 0xff, (value >> 8) & 0xff, 0, 0];
        return littleEndian ? bytes : bytes.reverse();
      };
      const packet = enhancedPacket(littleEndian, 0, 0n, data, [
        [0x8abc, [1, 2, 3]],
        [1, Buffer.from('first')],
        [2, word((2 << 5) | 1)],
        [1, Buffer.from('grüße')],
      ]);
      const bare = enhancedPacket(littleEndian, 0, 0n, data);
      const idb = interfaceBlock(littleEndian, 1, 0, [[13, [4]]]);
      const { packets } = await readAll(concat(sectionHeader(littleEndian), idb, packet, bare));
      expect(packets).toMatchObject([
        { direction: 'in', fcsLength: 2, comments: ['first', 'grüße'] },
        { direction: undefined, fcsLength: 4, comments: [] },
      ]);
    }
  });

  test('options are read in the byte order of their own section', async () => {
    const parts = [true, false, true].map((littleEndian) =>
      concat(
        sectionHeader(littleEndian),
        interfaceBlock(littleEndian, 1, 0),
        enhancedPacket(littleEndian, 0, 0n, data, [[1, Buffer.from(littleEndian ? 'little' : 'big')]]),
      ),
    );
    const { packets } = await readAll(concat(...parts));
    expect(packets.map(({ comments }) => comments)).toEqual([['little'], ['big'], ['little']]);
  });

  test('an FCS length may be given in bits', async () => {
    const capture = await openCapture(concat(sectionHeader(true), interfaceBlock(true, 1, 0, [[13, [32]]])));
    await collect(capture);
    expect(capture.interfaces[0]?.fcsLength).toBe(4);
  });

  test('if_tsoffset may be negative', async () => {
    const offset = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    const idb = interfaceBlock(true, 1, 0, [[14, offset]]);
    const { packets } = await readAll(concat(sectionHeader(true), idb, enhancedPacket(true, 0, 1_500_000n, data)));
    // 1.5 s - 2 s
    expect(packets[0]?.timestamp).toBe(-500_000_000n);
  });

  test('blocks that are not known are passed over, also when they are larger than the buffer', async () => {
    const unknown = block(true, 0x4000_0bad, (body) => body.raw(new Uint8Array(100_000)));
    const file = concat(
      sectionHeader(true),
      unknown,
      interfaceBlock(true, 1, 0),
      block(true, 5, (body) => body.u32(0, 0, 0)),
      block(true, 0, (body) => body),
      enhancedPacket(true, 0, 1n, data),
      unknown,
      enhancedPacket(true, 0, 2n, data),
    );
    for (const source of [file, inPieces(file, [7, 4096])]) {
      const { packets, error } = await readAll(source, { bufferSize: 4096 });
      expect(error).toBeUndefined();
      expect(packets.map(({ timestamp }) => timestamp)).toEqual([1000n, 2000n]);
    }
  });

  test('batches carry file offsets', async () => {
    const packet = enhancedPacket(true, 0, 1n, data);
    const head = concat(sectionHeader(true), interfaceBlock(true, 1, 0));
    const capture = await openCapture(concat(head, packet, packet, packet), { bufferSize: 64 });
    const offsets: number[] = [];
    for await (const batch of capture.batches()) {
      for (let i = 0; i < batch.count; i += 1) offsets.push(batch.base + (batch.offset[i] ?? 0));
    }
    expect(offsets).toEqual([0, 1, 2].map((i) => head.length + i * packet.length + 28));
  });
});
