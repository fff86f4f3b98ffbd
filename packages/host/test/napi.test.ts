import { describe, expect, test } from 'vitest';
import { numbered, numberedFrames, numberOf, world } from './world.ts';

const DROP_ALL = 'r0 = 1\nexit';
const PASS_ALL = 'r0 = 2\nexit';

describe('the driver', () => {
  test('delivers frames in their order, through several rounds of the ring', () => {
    const { run, delivered } = world([{ rxRing: 64 }]);
    run(numberedFrames(300).map((bytes, i) => ({ bytes, time: i * 2000 })));
    expect(delivered.map(({ bytes }) => numberOf(bytes))).toEqual(Array.from({ length: 300 }, (_, i) => i));
  });

  test('polls a burst with one interrupt: it is masked until all has been taken', () => {
    const { run, eth0, xdp, host } = world();
    xdp(DROP_ALL);
    // Two hundred frames at line rate take 13 us, less than the 50 us between two interrupts.
    run(numberedFrames(200));
    expect(eth0.nic.interrupts(0)).toBeLessThanOrEqual(2);
    expect(eth0.queues[0]?.xdp.toRecord().xdp_drops).toBe(200);
    expect(host.pool.inUse).toBeLessThanOrEqual(511);
  });

  test('is interrupted again for a frame that comes after it has finished: no wake-up is lost', () => {
    const { run, eth0, delivered } = world([{ rxUsecs: 0 }]);
    run(Array.from({ length: 50 }, (_, i) => ({ bytes: numbered(i), time: i * 100_000 })));
    expect(delivered).toHaveLength(50);
    expect(eth0.nic.interrupts(0)).toBe(50);
    expect(eth0.queues[0]?.polls).toBe(50);
  });

  test.each([0, 1, 100, 269, 270, 271, 300, 450, 1000])('loses no frame that comes %i ns after another', (distance) => {
    const { run, delivered } = world([{ rxUsecs: 0 }], { costs: { skb: 0, deliver: 0, receive: 41 } });
    run(Array.from({ length: 40 }, (_, i) => ({ bytes: numbered(i), time: (i >> 1) * 50_000 + (i & 1) * distance })));
    expect(delivered).toHaveLength(40);
  });

  test('keeps to the interval between interrupts', () => {
    const { run, eth0, xdp, host } = world([{ rxUsecs: 100 }]);
    xdp(DROP_ALL);
    run(Array.from({ length: 1000 }, (_, i) => ({ bytes: numbered(i), time: i * 1000 })));
    // A frame every microsecond for a millisecond, an interrupt every 100 us.
    expect(eth0.nic.interrupts(0)).toBeGreaterThanOrEqual(10);
    expect(eth0.nic.interrupts(0)).toBeLessThanOrEqual(12);
    expect(host.softirqs[0]?.stat.interrupts).toBe(eth0.nic.interrupts(0));
  });

  test('counts what became an sk_buff as processed, not what XDP dropped', () => {
    const { run, xdp, host } = world();
    xdp(`
      r2 = *(u32 *)(r1 +0)
      r3 = *(u32 *)(r1 +4)
      r4 = r2
      r4 += 60
      r0 = 0
      if r4 > r3 goto out
      w0 = *(u8 *)(r2 +59)
      w0 &= 1
      w0 += 1
    out:
      exit`);
    run(numberedFrames(10));
    expect(host.softirqs[0]?.stat.processed).toBe(5);
    expect(host.drops.toRecord()).toEqual({ XDP: 5 });
  });

  test('spreads its queues over the CPUs, whatever the number of either', () => {
    const { devices, run, host, delivered } = world([{ queues: 4 }, { queues: 1 }], { cpus: 3 });
    expect(devices[0]?.queues.map(({ cpu }) => cpu)).toEqual([0, 1, 2, 0]);
    run(Array.from({ length: 64 }, (_, i) => numbered(i, 60, i)));
    run(numberedFrames(8), devices[1]);
    expect(delivered).toHaveLength(72);
    expect(host.softirqs.reduce((sum, { stat }) => sum + stat.processed, 0)).toBe(72);
  });

  test('shows each frame to the program with its queue and device', () => {
    const { devices, run, load, host } = world([{ queues: 2 }, {}]);
    const loaded = load(`
      .map seen hash key u64 value u64 entries 16
      .program look xdp
      w2 = *(u32 *)(r1 +12)
      w3 = *(u32 *)(r1 +16)
      r2 <<= 32
      r2 |= r3
      *(u64 *)(r10 -8) = r2
      *(u64 *)(r10 -16) = r2
      r1 = map[seen]
      r2 = r10
      r2 += -8
      r3 = r10
      r3 += -16
      r4 = 0
      call bpf_map_update_elem
      r0 = 1
      exit`);
    for (const name of ['eth0', 'eth1']) host.attachXdp(loaded.programs.look as never, name);
    run(Array.from({ length: 32 }, (_, i) => numbered(i, 60, i)));
    run([numbered(0)], devices[1]);
    const seen = [...(loaded.maps.seen as unknown as Iterable<[bigint, bigint]>)].map(([key]) => key);
    expect(new Set(seen)).toEqual(new Set([2n << 32n, (2n << 32n) | 1n, 3n << 32n]));
  });

  test('needs no program, and no sink', () => {
    const { run, host } = world();
    host.onDeliver(undefined);
    run(numberedFrames(3));
    expect(host.delivered).toBe(3);
    expect(host.deliveredBytes).toBe(180);
    expect(host.drops.total).toBe(0);
  });
});

describe('a CPU that is too slow', () => {
  const SLOW = { costs: { receive: 500 } };

  test('loses frames at the descriptors of a card with several queues', () => {
    const { run, eth0, xdp, host } = world([{ queues: 2, rxRing: 64 }], SLOW);
    xdp(DROP_ALL);
    run(new Array(5000).fill(numbered(1)));
    const { wire, received, dropped } = eth0.nic.ledger();
    expect(dropped.rx_no_dma_resources).toBeGreaterThan(3000);
    expect(wire).toBe(received + dropped.rx_no_dma_resources);
    expect(host.drops.total).toBe(received);
  });

  test('and in the buffer of a card with one', () => {
    const { run, eth0, xdp, host } = world([{ rxRing: 64, receiveBuffer: 16_384 }], SLOW);
    xdp(DROP_ALL);
    run(new Array(5000).fill(numbered(1)));
    const { wire, received, dropped, held } = eth0.nic.ledger();
    expect(dropped.rx_missed_errors).toBeGreaterThan(3000);
    expect(wire).toBe(received + dropped.rx_missed_errors);
    expect([held, host.drops.total]).toEqual([0, received]);
  });

  test('takes as many frames as its costs allow', () => {
    const { run, eth0, xdp, host } = world([{ rxRing: 512 }], SLOW);
    xdp(DROP_ALL);
    run(new Array(60_000).fill(numbered(1)));
    // 500 ns a frame are 2 million a second.
    expect(eth0.nic.ledger().received / (host.clock.now / 1000)).toBeCloseTo(2, 1);
    expect(host.softirqs[0]?.stat.busy).toBeGreaterThan(0.98 * host.clock.now);
  });
});

describe('when packet buffers run out', () => {
  test('the ring goes on with fewer, and is filled up when they come back', () => {
    const { run, eth0, xdp, host } = world([{ rxRing: 64 }]);
    xdp(PASS_ALL);
    const stolen: number[] = [];
    for (let buffer = host.pool.take(); buffer !== 0; buffer = host.pool.take()) stolen.push(buffer);
    // What is delivered is free for the next refill, so nothing stops.
    run(numberedFrames(30).map((bytes, i) => ({ bytes, time: host.clock.now + i * 10_000 })));
    expect(host.delivered).toBe(30);
    for (const buffer of stolen) host.pool.give(buffer);
    const before = host.clock.now;
    run(numberedFrames(40).map((bytes, i) => ({ bytes, time: before + i * 10_000 })));
    expect(host.delivered).toBe(70);
    // The first refill found 15 buffers for 16 descriptors: the 16th frame was still being looked at.
    expect(eth0.statistics().alloc_rx_page_failed).toBe(1);
  });

  test('alloc_rx_page_failed counts refills that got none', () => {
    const { run, eth0, xdp, host } = world([{ rxRing: 64, txRing: 64 }]);
    xdp('r0 = 3\nexit');
    const stolen: number[] = [];
    for (let buffer = host.pool.take(); buffer !== 0; buffer = host.pool.take()) stolen.push(buffer);
    run(numberedFrames(40));
    expect(eth0.statistics().alloc_rx_page_failed).toBeGreaterThan(0);
    for (const buffer of stolen) host.pool.give(buffer);
    const { now } = host.clock;
    run(numberedFrames(100).map((bytes, i) => ({ bytes, time: now + i * 10_000 })));
    expect(eth0.nic.statistics().tx_packets).toBe(140);
    expect(host.pool.inUse).toBeLessThanOrEqual(63);
  });
});
