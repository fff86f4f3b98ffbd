import { CaptureError, encodeCapture, openCapture, type PacketToWrite, type WriterOptions } from '@hookline/pcap';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { block, collect, concat, inPieces, readAll } from './raw-capture.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 20 }).map((value) => value.replaceAll('\0', '').toWellFormed());

const interfaces = fc.array(
  fc.record(
    {
      linkType: fc.integer({ min: 0, max: 0xffff }),
      name: text,
      description: text,
      snapLength: fc.integer({ min: 0, max: 0xffff_ffff }),
      fcsLength: fc.integer({ min: 0, max: 15 }),
    },
    { requiredKeys: [] },
  ),
  { minLength: 1, maxLength: 4 },
);

function packetOn(interfaceCount: number): fc.Arbitrary<PacketToWrite> {
  return fc.record(
    {
      bytes: fc.uint8Array({ maxLength: 200 }),
      timestamp: fc.bigInt({ min: 0n, max: 18_446_744_072_999_999_999n }),
      originalLength: fc.integer({ min: 0, max: 0xffff_ffff }),
      interfaceIndex: fc.integer({ min: 0, max: interfaceCount - 1 }),
      direction: fc.constantFrom('in', 'out'),
      comments: fc.array(text, { maxLength: 3 }),
    },
    { requiredKeys: ['bytes', 'timestamp'] },
  );
}

interface Written {
  readonly options: WriterOptions;
  readonly packets: PacketToWrite[];
}

const pcapng: fc.Arbitrary<Written> = interfaces.chain((list) =>
  fc
    .array(packetOn(list.length), { maxLength: 20 })
    .map((packets) => ({ options: { format: 'pcapng' as const, interfaces: list }, packets })),
);

const pcap: fc.Arbitrary<Written> = fc
  .array(
    fc.record({
      bytes: fc.uint8Array({ maxLength: 200 }),
      timestamp: fc.bigInt({ min: 0n, max: 4_294_967_295_999_999_999n }),
      originalLength: fc.integer({ min: 0, max: 0xffff_ffff }),
    }),
    { maxLength: 20 },
  )
  .map((packets) => ({ options: { format: 'pcap' as const }, packets }));

const written = fc.oneof(pcap, pcapng);
const small = { bufferSize: 64, batchSize: 3 };

describe('writer and reader', () => {
  test('what is written comes back', async () => {
    await fc.assert(
      fc.asyncProperty(written, async ({ options, packets }) => {
        const capture = await openCapture(encodeCapture(packets, options));
        const read = await collect(capture);
        expect(capture.format).toBe(options.format);
        expect(read.map(({ bytes }) => bytes)).toEqual(packets.map(({ bytes }) => bytes));
        expect(read).toMatchObject(
          packets.map((packet, index) => ({
            number: index + 1,
            timestamp: packet.timestamp,
            originalLength: packet.originalLength ?? packet.bytes.length,
            interfaceIndex: packet.interfaceIndex ?? 0,
            direction: packet.direction,
            comments: packet.comments ?? [],
          })),
        );
        for (const [index, wanted] of (options.interfaces ?? []).entries()) {
          const { snapLength = 0, linkType = 1, name, description, fcsLength } = wanted;
          expect(capture.interfaces[index]).toMatchObject({ snapLength, linkType, name, description, fcsLength });
        }
      }),
      { numRuns: 200 },
    );
  });

  test('the same calls make the same bytes', () => {
    fc.assert(
      fc.property(written, ({ options, packets }) => {
        expect(encodeCapture(packets, options)).toEqual(encodeCapture(packets, options));
      }),
      { numRuns: 50 },
    );
  });

  test('how a stream is cut into chunks makes no difference', async () => {
    const unknown = block(true, 0xbad, (body) => body.raw(new Uint8Array(150)));
    const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(written, sizes, fc.nat(), async ({ options, packets }, pieces, cut) => {
        const whole = encodeCapture(packets, options);
        const file = options.format === 'pcapng' ? concat(whole, unknown, whole) : whole;
        const bytes = file.subarray(0, file.length - (cut % 40));
        const atOnce = await readAll(bytes, { name: 'x' });
        const streamed = await readAll(inPieces(bytes, pieces), { name: 'x', ...small });
        expect(streamed.packets).toEqual(atOnce.packets);
        expect([streamed.error?.code, streamed.error?.packet]).toEqual([atOnce.error?.code, atOnce.error?.packet]);
      }),
      { numRuns: 150 },
    );
  });
});

describe('hostile bytes', () => {
  test('a cut yields the packets that are whole', async () => {
    await fc.assert(
      fc.asyncProperty(written, fc.nat(), async ({ options, packets }, at) => {
        const whole = encodeCapture(packets, options);
        const { packets: read, error } = await readAll(whole.subarray(0, at % whole.length), small);
        expect(read.map(({ bytes }) => bytes)).toEqual(packets.slice(0, read.length).map(({ bytes }) => bytes));
        if (error !== undefined) expect(error.code).toMatch(/^CAPTURE_(EMPTY|TRUNCATED|NOT_A_CAPTURE)$/);
      }),
      { numRuns: 200 },
    );
  });

  test('changed bytes never cause anything but a CaptureError', async () => {
    const change = fc.tuple(fc.nat(), fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 0xff, 0x7f, 0x80)));
    await fc.assert(
      fc.asyncProperty(
        written,
        fc.array(change, { minLength: 1, maxLength: 12 }),
        async ({ options, packets }, changes) => {
          const bytes = encodeCapture(packets, options);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          const { packets: read, error } = await readAll(bytes, small);
          if (error !== undefined) expect(error).toBeInstanceOf(CaptureError);
          // Every packet lies in the file, so they cannot hold more bytes than it.
          expect(read.reduce((sum, packet) => sum + packet.bytes.length, 0)).toBeLessThanOrEqual(bytes.length);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('random bytes after a good header', async () => {
    const heads = [encodeCapture([], { format: 'pcap' }), encodeCapture([], { format: 'pcapng' })];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 300 }), async (head, noise) => {
        const { error } = await readAll(concat(head, noise), small);
        if (error !== undefined) expect(error.message).toMatch(/^<bytes>: .+ \(.*byte \d+\)\. [A-Z]/);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the writer refuses what its format cannot hold', () => {
  const bytes = new Uint8Array(10);
  test.each([
    ['a second interface in pcap', { format: 'pcap', interfaces: [{}, {}] }, []],
    ['a name in pcap', { format: 'pcap', interfaces: [{ name: 'eth0' }] }, []],
    ['a comment in pcap', { format: 'pcap' }, [{ bytes, timestamp: 0n, comments: ['x'] }]],
    ['a direction in pcap', { format: 'pcap' }, [{ bytes, timestamp: 0n, direction: 'in' }]],
    ['an instant after 2106 in pcap', { format: 'pcap' }, [{ bytes, timestamp: 4_294_967_296_000_000_000n }]],
    ['an instant before 1970', {}, [{ bytes, timestamp: -1n }]],
    ['an unknown interface', {}, [{ bytes, timestamp: 0n, interfaceIndex: 1 }]],
    ['a packet longer than readers accept', {}, [{ bytes: new Uint8Array(262_145), timestamp: 0n }]],
    ['a comment longer than an option', {}, [{ bytes, timestamp: 0n, comments: ['x'.repeat(65_536)] }]],
    ['a link type of 17 bits', { interfaces: [{ linkType: 0x1_0000 }] }, []],
  ] as [string, WriterOptions, PacketToWrite[]][])('%s', (_name, options, packets) => {
    expect(() => encodeCapture(packets, options)).toThrow(expect.objectContaining({ code: 'CAPTURE_VALUE' }));
  });
});
