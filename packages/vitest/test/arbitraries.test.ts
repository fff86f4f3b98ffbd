import { type Dissection, dissect, fieldOf, flowOf, layerOf, TCP_FLAGS } from '@hookline/packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { flows, hostileFrames, nearlyValidFrames, validFrames } from '../src/arbitraries/index.ts';
import '../src/index.ts';
import { firewall } from './firewall.ts';

/** What the dissector, which is compared with tshark, has against a frame. */
function complaints({ layers }: Dissection): string[] {
  return layers.flatMap(({ protocol, notes, checksum = 'good' }) => [
    ...notes.map(({ text }) => `${protocol}: ${text}`),
    ...(checksum === 'good' || checksum === 'absent' ? [] : [`${protocol}: checksum ${checksum}`]),
  ]);
}

/** How often each protocol occurs in some frames. */
function protocolsOf(frames: readonly Uint8Array[]): Set<string> {
  return new Set(frames.flatMap((frame) => dissect(frame).layers.map(({ protocol }) => protocol)));
}

describe('valid frames', () => {
  test('are flawless and long enough', () => {
    fc.assert(
      fc.property(validFrames(), (frame) => {
        expect(complaints(dissect(frame))).toEqual([]);
        expect(frame.length).toBeGreaterThanOrEqual(60);
      }),
    );
  });

  test('are of many kinds', () => {
    const kinds = protocolsOf(fc.sample(validFrames(), { numRuns: 300, seed: 1 }));
    expect([...kinds]).toEqual(
      expect.arrayContaining(['ethernet', 'vlan', 'arp', 'ipv4', 'ipv6', 'tcp', 'udp', 'icmp', 'icmpv6']),
    );
  });

  test('have the addresses and ports that were asked for', () => {
    fc.assert(
      fc.property(validFrames({ addresses: ['10.0.0.1'], ports: [22] }), (frame) => {
        const flow = flowOf(frame);
        if (flow === undefined) return;
        expect([flow.source, flow.destination]).toEqual(['10.0.0.1', '10.0.0.1']);
        expect([0, 22]).toContain(flow.destinationPort);
      }),
    );
    expect(() => validFrames({ addresses: [] })).toThrow(
      'No addresses to make frames with: give at least one, or none at all.',
    );
  });
});

test('nearly valid frames have something wrong with them', () => {
  fc.assert(
    fc.property(nearlyValidFrames(), (frame) => {
      expect(frame.length).toBeGreaterThan(14);
      expect(complaints(dissect(frame))).not.toEqual([]);
    }),
    // A checksum of 16 bits may be right by chance: not with this seed.
    { seed: 1, numRuns: 300 },
  );
});

test('hostile frames fit a wire, and many are no packets at all', () => {
  fc.assert(
    fc.property(hostileFrames(), (frame) => {
      expect(frame.length).toBeGreaterThanOrEqual(14);
      expect(frame.length).toBeLessThanOrEqual(1514);
    }),
  );
  const sample = fc.sample(hostileFrames(), { numRuns: 300, seed: 1 });
  expect(sample.filter((frame) => complaints(dissect(frame)).length > 0).length).toBeGreaterThan(100);
});

test('a program of the builder answers every one of them', () => {
  fc.assert(
    fc.property(fc.oneof(nearlyValidFrames(), hostileFrames()), (frame) => {
      expect(firewall).not.toRedirectTo(1, frame);
    }),
    { numRuns: 50 },
  );
});

describe('flows', () => {
  test('are between the same two ends, without a flaw', () => {
    fc.assert(
      fc.property(flows(), ({ frames, client, server, clientPort, serverPort }) => {
        for (const { bytes, fromClient } of frames) {
          expect(complaints(dissect(bytes))).toEqual([]);
          const [from, to] = fromClient ? [client, server] : [server, client];
          const [sourcePort, destinationPort] = fromClient ? [clientPort, serverPort] : [serverPort, clientPort];
          expect(flowOf(bytes)).toMatchObject({ source: from, destination: to, sourcePort, destinationPort });
        }
        expect(new Set(frames.map(({ bytes }) => flowOf(bytes)?.key)).size).toBe(1);
      }),
    );
  });

  test('of TCP begin with a handshake, end with FINs, and number every byte (RFC 9293 section 3.4)', () => {
    fc.assert(
      fc.property(flows(), ({ protocol, frames }) => {
        fc.pre(protocol === 'tcp');
        const segments = frames.map(({ bytes, fromClient }) => {
          const dissection = dissect(bytes);
          const layer = layerOf(dissection, 'tcp');
          const of = (name: string): number => Number(layer && fieldOf(layer, name));
          const [sequence, acknowledgment, flags] = [of('sequenceNumber'), of('acknowledgmentNumber'), of('flags')];
          return { fromClient, sequence, acknowledgment, flags, length: dissection.payload.length };
        });
        const { SYN, ACK, PSH, FIN } = TCP_FLAGS;
        expect(segments.slice(0, 3).map(({ flags }) => flags)).toEqual([SYN, SYN | ACK, ACK]);
        expect(segments.slice(-3).map(({ flags }) => flags)).toEqual([ACK | FIN, ACK | FIN, ACK]);
        expect(segments.slice(3, -3).every(({ flags }) => flags === (ACK | PSH))).toBe(true);
        for (const fromClient of [true, false]) {
          const own = segments.filter((segment) => segment.fromClient === fromClient);
          const ends = own.map(
            ({ sequence, length, flags }) => (sequence + length + (flags & (SYN | FIN) ? 1 : 0)) >>> 0,
          );
          expect(own.slice(1).map(({ sequence }) => sequence)).toEqual(ends.slice(0, -1));
          const answers = segments.filter((segment) => segment.fromClient !== fromClient);
          expect(answers.at(-1)?.acknowledgment).toBe(ends.at(-1));
        }
      }),
    );
  });
});
