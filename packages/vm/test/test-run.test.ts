import { describe, expect, test } from 'vitest';
import { load, main } from './machine.ts';

/** Answers are those of BPF_PROG_TEST_RUN in Linux 6.18. */

const FRAME = Uint8Array.from({ length: 60 }, (_, i) => i);
const xdp = (text: string) => main(load(text));
const tc = (text: string) => main(load(`.program main tc\n${text}`));

describe('XDP', () => {
  test('gives the verdict raw, the frame and the context', () => {
    const result = xdp('r0 = -77\nexit').testRun(FRAME);
    expect(result.verdict).toBe(2 ** 32 - 77);
    expect(result.frame).toEqual(FRAME);
    expect(result.context).toEqual({
      data: 0,
      dataEnd: 60,
      dataMeta: 0,
      ingressIfindex: 0,
      rxQueueIndex: 0,
      egressIfindex: 0,
    });
    expect(result.nanoseconds).toBeGreaterThan(0);
  });

  test('the program sees the loopback device unless it is told otherwise', () => {
    const program = xdp('r0 = *(u32 *)(r1 +12)\nexit');
    expect(program.testRun(FRAME).verdict).toBe(1);
    expect(program.testRun(FRAME, { context: { ingressIfindex: 5 } }).verdict).toBe(5);
  });

  test('data is the length of the metadata that the bytes begin with', () => {
    const program = xdp('r0 = *(u32 *)(r1 +0)\nr2 = *(u32 *)(r1 +8)\nr0 -= r2\nexit');
    const result = program.testRun(FRAME, { context: { data: 8 } });
    expect([result.verdict, result.frame.length, result.context.dataEnd]).toEqual([8, 52, 60]);
  });

  test.each([
    [13, {}],
    [3521, {}],
    [60, { data: 3 }],
    [60, { dataEnd: 59 }],
    [60, { egressIfindex: 1 }],
    [60, { rxQueueIndex: 1 }],
    [60, { mark: 1 }],
  ])('%i bytes with %o are refused', (length, context) => {
    expect(() => xdp('r0 = 0\nexit').testRun(new Uint8Array(length), { context })).toThrow(
      expect.objectContaining({ code: 'EINVAL' }),
    );
  });

  test('between repetitions the packet is not reset', () => {
    // 216 bytes of headroom are ten times 20, and not eleven.
    const program = xdp('r2 = -20\ncall xdp_adjust_head\nexit');
    expect(program.testRun(FRAME, { repeat: 10 }).verdict).toBe(0);
    expect(program.testRun(FRAME, { repeat: 11 }).verdict | 0).toBe(-22);
  });
});

describe('TC', () => {
  const field = (offset: number, size = 32): number =>
    tc(`r0 = *(u${size} *)(r1 +${offset})\nexit`).testRun(FRAME).verdict;

  test('the packet is as received by the loopback device', () => {
    expect(field(0)).toBe(60);
    expect(field(36)).toBe(0);
    expect(field(40)).toBe(1);
    // EtherType 0x0c0d, in network order.
    expect(field(16)).toBe(0x0d0c);
    expect(field(20)).toBe(0);
  });

  test.each([
    ['000000000000', 0],
    ['ffffffffffff', 2],
    ['010000000000', 2],
    ['020000000001', 3],
  ])('a packet to %s is of type %i there', (destination, expected) => {
    const packet = FRAME.slice();
    packet.set(Buffer.from(destination, 'hex'));
    expect(tc('r0 = *(u32 *)(r1 +4)\nexit').testRun(packet).verdict).toBe(expected);
  });

  test('a length in place of the EtherType makes it ETH_P_802_2', () => {
    const packet = FRAME.slice();
    packet.set([0, 46], 12);
    expect(tc('r0 = *(u32 *)(r1 +16)\nexit').testRun(packet).verdict).toBe(0x0400);
  });

  test('context goes in and comes out', () => {
    const program = tc(
      'r2 = *(u32 *)(r1 +8)\nr2 += 1\n*(u32 *)(r1 +8) = r2\nr2 = *(u32 *)(r1 +48)\n*(u32 *)(r1 +64) = r2\nr0 = 0\nexit',
    );
    const { context } = program.testRun(FRAME, { context: { mark: 41, cb0: 9, priority: 3, wireLen: 100 } });
    expect(context).toMatchObject({ mark: 42, cb0: 9, cb4: 9, priority: 3, wireLen: 100, ifindex: 1 });
  });

  test.each([
    [13, 0, {}],
    [33, 0x0800, {}],
    [53, 0x86dd, {}],
    [60, 0, { len: 5 }],
    [60, 0, { wireLen: 59 }],
    [60, 0, { gsoSegs: 65_536 }],
  ])('%i bytes of EtherType %i with %o are refused', (length, etherType, context) => {
    const packet = new Uint8Array(length);
    if (length > 13) packet.set([etherType >> 8, etherType & 0xff], 12);
    expect(() => tc('r0 = 0\nexit').testRun(packet, { context })).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });
});
