import { assemble } from '@hookline/bpf';
import { describe, expect, test } from 'vitest';
import { SimulatedHost, VERDICT_NAMES } from '../src/index.ts';
import { numbered, numberedFrames, numberOf, only, world } from './world.ts';

const returning = (verdict: number): string => `r0 = ${verdict}\nexit`;

// XDP actions: include/uapi/linux/bpf.h; what a driver does with them: ixgbe_run_xdp, bpf_warn_invalid_xdp_action.
describe('an XDP verdict', () => {
  test.each([
    [0, 'ABORTED', { XDP_ABORTED: 3 }, 'xdp_aborted'],
    [1, 'DROP', { XDP: 3 }, 'xdp_drops'],
    [2, 'PASS', {}, 'xdp_pass'],
    [3, 'TX', {}, 'xdp_tx'],
    [4, 'REDIRECT', { XDP_REDIRECT_ERROR: 3 }, 'xdp_redirect_errors'],
    [5, 'unknown', { XDP_ABORTED: 3 }, 'xdp_aborted'],
    [77, 'unknown', { XDP_ABORTED: 3 }, 'xdp_aborted'],
    [-1, 'unknown', { XDP_ABORTED: 3 }, 'xdp_aborted'],
  ] as const)('of %i is %s', (number, name, drops, counter) => {
    const { run, xdp, host, eth0, delivered, left } = world();
    xdp(returning(number));
    const buffers = host.pool.inUse;
    run(numberedFrames(3));
    const queue = eth0.queues[0];
    const verdicts = VERDICT_NAMES.map((_, i) => queue?.xdp.verdicts[i]);
    expect(verdicts).toEqual(VERDICT_NAMES.map((own) => (own === name ? 3 : 0)));
    expect(host.drops.toRecord()).toEqual(drops);
    expect(queue?.xdp.toRecord()).toMatchObject({ xdp_packets: 3, [counter]: 3 });
    expect(eth0.statistics()).toMatchObject({ rx_packets: 3, [`rx_queue_0_${counter}`]: 3 });
    expect(delivered).toHaveLength(name === 'PASS' ? 3 : 0);
    expect(left[0]).toHaveLength(name === 'TX' ? 3 : 0);
    // Three descriptors wait for the next refill.
    expect(host.pool.inUse).toBe(buffers - 3);
  });

  test('PASS delivers the bytes, TX sends them', () => {
    const frame = numbered(4711, 1500);
    for (const verdict of [2, 3]) {
      const { run, xdp, delivered, left } = world();
      xdp(returning(verdict));
      run([frame]);
      expect(verdict === 2 ? delivered[0]?.bytes : left[0]?.[0]).toEqual(frame);
    }
  });

  test('counts only the low 32 bits', () => {
    const { run, xdp, eth0 } = world();
    xdp('r0 = 0x100000001 ll\nexit');
    run([numbered(1)]);
    expect(eth0.queues[0]?.xdp.toRecord().xdp_drops).toBe(1);
  });
});

/** Moves the frame's ends before it is sent or passed on. */
const adjusting = (head: number, tail: number, verdict: number): string => `
  r6 = r1
  r2 = ${head}
  call bpf_xdp_adjust_head
  if r0 != 0 goto failed
  r1 = r6
  r2 = ${tail}
  call bpf_xdp_adjust_tail
  if r0 != 0 goto failed
  r0 = ${verdict}
  exit
failed:
  r0 = 0
  exit`;

describe('a frame whose ends were moved', () => {
  test.each([2, 3])('leaves with its new bounds (verdict %i)', (verdict) => {
    const { run, xdp, delivered, left } = world();
    xdp(adjusting(14, -10, verdict));
    const frame = numbered(1, 100);
    run([frame]);
    expect(verdict === 2 ? delivered[0]?.bytes : left[0]?.[0]).toEqual(frame.subarray(14, 90));
  });

  test('may grow into headroom and tailroom; new tail bytes are zero', () => {
    const { run, xdp, left, host } = world();
    xdp(adjusting(-200, 300, 3));
    const frame = numbered(7, 100);
    const buffers = host.pool.inUse;
    run([frame]);
    const sent = left[0]?.[0] as Uint8Array;
    expect(sent).toHaveLength(600);
    expect(sent.subarray(200, 300)).toEqual(frame);
    expect(sent.subarray(300)).toEqual(new Uint8Array(300));
    expect(host.pool.inUse).toBe(buffers - 1);
  });

  test('reaches TC with the metadata that was put in front of it', () => {
    const { run, xdp, tc, host, delivered } = world();
    xdp(`
      r6 = r1
      r2 = -4
      call bpf_xdp_adjust_meta
      if r0 != 0 goto failed
      w2 = *(u32 *)(r6 +8)
      w3 = *(u32 *)(r6 +0)
      r4 = r2
      r4 += 4
      if r4 > r3 goto failed
      *(u32 *)(r2 +0) = 0x1234
      r0 = 2
      exit
    failed:
      r0 = 0
      exit`);
    tc(`
      .program check tc
      r0 = 2
      w2 = *(u32 *)(r1 +140)
      w3 = *(u32 *)(r1 +76)
      r4 = r2
      r4 += 4
      if r4 > r3 goto out
      w5 = *(u32 *)(r2 +0)
      if w5 != 0x1234 goto out
      r0 = 0
    out:
      exit`);
    run([numbered(1)]);
    expect(host.drops.total).toBe(0);
    expect(delivered[0]?.bytes).toHaveLength(60);
  });
});

describe('a full transmit ring', () => {
  test('lets XDP_TX fail for what does not fit, and takes frames again when it has been cleaned', () => {
    // A wire of 1 Gb/s takes ten times as long to send as frames take to come.
    const { run, host, eth0, left } = world([
      { txRing: 64, rxUsecs: 10 },
      { lineRate: 1e9, txRing: 64, transmitBuffer: 9728 },
    ]);
    const loaded = host.load(redirectTo(3));
    host.attachXdp(only(loaded), 'eth0');
    run(numberedFrames(1000));
    const errors = eth0.queues[0]?.xdp.toRecord().xdp_redirect_errors ?? 0;
    expect(errors).toBeGreaterThan(0);
    expect(left[1]).toHaveLength(1000 - errors);
    expect(host.drops.toRecord()).toEqual({ XDP_REDIRECT_ERROR: errors });
    const { now } = host.clock;
    run(numberedFrames(50).map((bytes, i) => ({ bytes, time: now + i * 5000 })));
    expect(left[1]).toHaveLength(1050 - errors);
  });

  test('keeps the frames that it has in their order', () => {
    const { run, xdp, left } = world([{ txRing: 64 }]);
    xdp(returning(3));
    run(numberedFrames(500));
    const numbers = (left[0] ?? []).map(numberOf);
    expect(numbers.length).toBeGreaterThan(60);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });
});

describe('a program that goes wrong', () => {
  const OUT_OF_BOUNDS = 'r2 = *(u32 *)(r1 +0)\nr0 = *(u64 *)(r2 +5000)\nexit';

  test('ends the simulation with one error that names program and instruction', () => {
    const { run, xdp, host } = world();
    xdp(`.program reader xdp\n${OUT_OF_BOUNDS}`);
    expect(() => run(numberedFrames(3))).toThrow(
      expect.objectContaining({
        code: 'PROGRAM_FAULT',
        place: expect.objectContaining({ program: 'reader', instruction: 1 }),
      }),
    );
    expect(() => host[Symbol.dispose]()).not.toThrow();
  });

  test('does so with a loop without end', () => {
    const { run, xdp } = world();
    xdp('.program spinner xdp\nagain:\ngoto again\nexit');
    expect(() => run([numbered(1)])).toThrow(expect.objectContaining({ code: 'PROGRAM_BUDGET' }));
  });

  test('leaves other hosts alone', () => {
    const { run, xdp } = world();
    xdp(OUT_OF_BOUNDS);
    expect(() => run([numbered(1)])).toThrow(/instruction 1/);
    const other = new SimulatedHost({ memoryPages: 2048 });
    expect(other.addDevice({}).name).toBe('eth0');
  });
});

/** An object that redirects everything to an interface. */
function redirectTo(ifindex: number) {
  return assemble(`r1 = ${ifindex}\nr2 = 0\ncall bpf_redirect\nexit`);
}
