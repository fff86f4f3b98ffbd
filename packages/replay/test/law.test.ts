import { assemble } from '@hookline/bpf';
import { craft, ipv4, ipv6, tcp, udp, vlan } from '@hookline/packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Pace, type ReplayProgram, replay } from '../src/index.ts';
import { captureOf, type Options, replayed, SMALL_HOST } from './replayed.ts';

/** Every verdict that a hash of the packet's bytes can choose, redirects of all kinds included. */
const ANYTHING = assemble(`
  .map targets devmap entries 4
  .program anything xdp
  r6 = r1
  r2 = *(u32 *)(r1 +0)
  r3 = *(u32 *)(r1 +4)
  r4 = r2
  r4 += 46
  r0 = 2
  if r4 > r3 goto out
  w7 = *(u8 *)(r2 +35)
  w7 %= 10
  r0 = r7
  if r7 < 4 goto out
  if r7 == 4 goto redirect
  if r7 == 5 goto broadcast
  if r7 == 6 goto grow
  if r7 == 7 goto cut
  exit
redirect:
  r1 = 3
  r2 = 0
  call bpf_redirect
  exit
broadcast:
  r1 = map[targets]
  r2 = 0
  r3 = 8
  call bpf_redirect_map
  exit
grow:
  r1 = r6
  r2 = -20
  call bpf_xdp_adjust_head
  r0 = 3
  exit
cut:
  r1 = r6
  r2 = -10
  call bpf_xdp_adjust_tail
  r0 = 2
out:
  exit
  .program sometimes tc
  r0 = *(u32 *)(r1 +0)
  w0 %= 9
  w0 += -1
  if w0 != 7 goto +3
  r1 = 3
  r2 = 0
  call bpf_redirect
  exit`);

const program: ReplayProgram = {
  name: 'anything',
  object: ANYTHING,
  xdp: 'anything',
  tc: 'sometimes',
  ready: (loaded) => {
    const targets = loaded.maps.targets as unknown as { set(key: number, ifindex: number): void };
    for (const [key, ifindex] of [2, 3].entries()) targets.set(key, ifindex);
  },
};

const frame = fc
  .record({
    port: fc.nat(65_535),
    size: fc.integer({ min: 0, max: 1600 }),
    kind: fc.constantFrom('udp4', 'udp6', 'tcp4', 'tagged', 'bytes'),
  })
  .map(({ port, size, kind }) => {
    const ports = { sourcePort: port, destinationPort: port ^ 0x55 };
    const payload = new Uint8Array(size).fill(port);
    if (kind === 'udp4') return craft(ipv4({}, udp(ports, payload)));
    if (kind === 'udp6') return craft(ipv6({}, udp(ports, payload)));
    if (kind === 'tcp4') return craft(ipv4({}, tcp(ports, payload)));
    return kind === 'tagged' ? craft(vlan({ vlanId: port & 0xfff }, ipv4({}, udp(ports, payload)))) : payload;
  });

const capture = fc
  .array(
    fc.record({ bytes: frame, gap: fc.integer({ min: -100, max: 3000 }), copies: fc.integer({ min: 1, max: 30 }) }),
    {
      maxLength: 40,
    },
  )
  .map((packets) => {
    let timestamp = 1_700_000_000_000_000_000n;
    return captureOf(
      packets.flatMap(({ bytes, gap, copies }) =>
        Array.from({ length: copies }, () => {
          timestamp += BigInt(gap);
          return { bytes, timestamp };
        }),
      ),
    );
  });

const pace: fc.Arbitrary<Pace> = fc.oneof(
  fc.constant<Pace>({ kind: 'topspeed' }),
  fc.constant<Pace>({ kind: 'original', multiplier: 1 }),
  fc.double({ min: 1e3, max: 1e8, noNaN: true }).map((rate): Pace => ({ kind: 'pps', rate })),
  fc.double({ min: 1, max: 1e5, noNaN: true }).map((rate): Pace => ({ kind: 'mbps', rate })),
);

const options: fc.Arbitrary<Options> = fc
  .record({
    pace,
    queues: fc.constantFrom(1, 2, 4),
    cpus: fc.integer({ min: 1, max: 4 }),
    rxRing: fc.constantFrom(64, 128, 512),
    txRing: fc.constantFrom(64, 512),
    rxUsecs: fc.constantFrom(0, 5, 50, 1000),
    lineRate: fc.constantFrom(1e8, 1e9, 1e10, 1e11),
    otherRate: fc.constantFrom(1e7, 1e10),
    receive: fc.constantFrom(0, 41, 2000, 100_000),
    receiveBuffer: fc.constantFrom(9728, 524_288),
    promiscuous: fc.boolean(),
    weight: fc.constantFrom(1, 64),
    hasProgram: fc.boolean(),
    seed: fc.nat(1000),
  })
  .map(({ hasProgram, cpus, receive, weight, seed, otherRate, pace, ...device }) => ({
    pace,
    device,
    otherDevices: [{ queues: 1, txRing: 64, lineRate: otherRate, transmitBuffer: 9728 }],
    host: { ...SMALL_HOST, cpus, seed, costs: { receive }, limits: { weight } },
    ...(hasProgram ? { program } : {}),
  }));

describe('whatever the capture, the card, the pace and the program', () => {
  test('received + created = transmitted + delivered + dropped, and nothing is held in the end', async () => {
    await fc.assert(
      fc.asyncProperty(capture, options, async (bytes, chosen) => {
        const { report, output } = await replayed(bytes, chosen);
        const { wire, created, transmitted, delivered, dropped, held } = report.conservation;
        expect(wire + created.broadcast).toBe(transmitted + delivered + dropped);
        expect(held).toBe(0);
        expect(Object.values(report.drops).reduce((sum, count) => sum + count, 0)).toBe(dropped);
        expect(output).toHaveLength(transmitted + delivered);
        expect(report.frames.sent).toBe(wire);
      }),
      { numRuns: 60 },
    );
  }, 30_000);

  test('the same input gives the same report and the same output to the byte, however it is read', async () => {
    await fc.assert(
      fc.asyncProperty(
        capture,
        options,
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 64, max: 5000 }),
        async (bytes, chosen, batchSize, bufferSize) => {
          const once = await replayed(bytes, chosen);
          const again = await replayed(bytes, { ...chosen, reading: { batchSize, bufferSize } });
          expect(JSON.stringify(again.report)).toBe(JSON.stringify(once.report));
          expect(Buffer.compare(again.written, once.written)).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  }, 30_000);
});

test.each([
  [1, 'rx_missed_errors'],
  [2, 'rx_no_dma_resources'],
] as const)(
  'frames that a host with %i queues is too slow for are missed, under %s, and nowhere else',
  async (queues, counter) => {
    const bytes = craft(ipv4({}, udp({}, new Uint8Array(18))));
    const burst = captureOf(Array.from({ length: 3000 }, () => ({ bytes, timestamp: 1n })));
    const { report } = await replayed(burst, {
      pace: { kind: 'topspeed' },
      device: { queues, rxRing: 64, receiveBuffer: 9728 },
      host: { ...SMALL_HOST, costs: { receive: 10_000 } },
    });
    const { sent, received, missed } = report.frames;
    expect(missed).toBeGreaterThan(1000);
    expect(report.drops).toEqual({ [counter]: missed });
    expect([sent, received]).toEqual([3000, 3000 - missed]);
    expect(report.conservation).toMatchObject({ delivered: received, dropped: missed, held: 0 });
  },
);

test('random numbers of programs follow from the seed alone', async () => {
  const object = assemble('call bpf_get_prandom_u32\nw0 %= 2\nw0 += 1\nexit');
  const verdicts = async (seed: number): Promise<unknown> => {
    const captures = [
      {
        source: captureOf(Array.from({ length: 200 }, (_, i) => ({ bytes: new Uint8Array(60), timestamp: BigInt(i) }))),
      },
    ];
    const { verdicts } = await replay({
      captures,
      host: { ...SMALL_HOST, seed },
      program: { name: 'p', object, xdp: 'main' },
    }).run();
    return verdicts;
  };
  expect(await verdicts(1)).toEqual(await verdicts(1));
  expect(await verdicts(1)).not.toEqual(await verdicts(2));
});
