import type { BpfMap, LoadedObject } from '@hookline/bpf';
import { describe, expect, test } from 'vitest';
import { numbered, numberedFrames, numberOf, world } from './world.ts';

const THREE = [{ queues: 2 }, {}, {}];

const redirect = (ifindex: number): string => `r1 = ${ifindex}\nr2 = 0\ncall bpf_redirect\nexit`;
const redirectMap = (key: number, flags: number, type = 'devmap'): string => `
  .map targets ${type} entries 8
  .program forward xdp
  r1 = map[targets]
  r2 = ${key}
  r3 = ${flags}
  call bpf_redirect_map
  exit`;

function targets(loaded: LoadedObject): BpfMap<number, number> {
  return loaded.maps.targets as unknown as BpfMap<number, number>;
}

const BROADCAST = 8;
const EXCLUDE_INGRESS = 16;

// xdp_do_redirect in net/core/filter.c, kernel/bpf/devmap.c.
describe('XDP_REDIRECT', () => {
  test('sends the frame from another device, in the buffer it came in', () => {
    const { run, xdp, left, host, eth0 } = world(THREE);
    xdp(redirect(3));
    const buffers = host.pool.inUse;
    run(numberedFrames(40));
    expect(left[1]?.map(numberOf)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect([left[0], left[2]]).toEqual([[], []]);
    expect(host.drops.total).toBe(0);
    expect(eth0.statistics()).toMatchObject({ rx_queue_0_xdp_redirect_errors: 0 });
    expect(buffers - host.pool.inUse).toBeLessThan(16 * 2);
  });

  test('to the own device is like XDP_TX', () => {
    const { run, xdp, left } = world(THREE);
    xdp(redirect(2));
    run([numbered(5)]);
    expect(left[0]?.map(numberOf)).toEqual([5]);
  });

  test.each([1, 5, 0])('to interface %i, which is not there, drops', (ifindex) => {
    const { run, xdp, host, eth0 } = world(THREE);
    xdp(redirect(ifindex));
    run([numbered(1)]);
    expect(host.drops.toRecord()).toEqual({ XDP_REDIRECT_ERROR: 1 });
    const records = eth0.queues.map((queue) => queue.xdp.toRecord());
    expect(records.reduce((sum, record) => sum + record.xdp_redirect_errors, 0)).toBe(1);
    expect(records.reduce((sum, record) => sum + record.xdp_redirects, 0)).toBe(0);
  });

  test('without a helper drops, even after a redirect that worked', () => {
    const { run, xdp, left, host } = world([{}, {}]);
    xdp(`
      r2 = *(u32 *)(r1 +0)
      r3 = *(u32 *)(r1 +4)
      r4 = r2
      r4 += 60
      r0 = 0
      if r4 > r3 goto out
      w5 = *(u8 *)(r2 +59)
      r0 = 4
      if w5 != 0 goto out
      r1 = 3
      r2 = 0
      call bpf_redirect
    out:
      exit`);
    run([numbered(0), numbered(1)]);
    expect(left[1]?.map(numberOf)).toEqual([0]);
    expect(host.drops.toRecord()).toEqual({ XDP_REDIRECT_ERROR: 1 });
  });

  test('refuses what exceeds the MTU of the target by more than Ethernet header and VLAN tag', () => {
    const { run, xdp, left, host } = world([{ mtu: 2000 }, { mtu: 1000 }]);
    xdp(redirect(3));
    run([numbered(1, 1018), numbered(2, 1019)]);
    expect(left[1]?.map(numberOf)).toEqual([1]);
    expect(host.drops.toRecord()).toEqual({ XDP_REDIRECT_ERROR: 1 });
  });
});

describe.each(['devmap', 'devmap_hash'])('a redirect through a %s', (type) => {
  test('finds the device at its key', () => {
    const { run, xdp, left } = world(THREE);
    const loaded = xdp(redirectMap(5, 0, type));
    targets(loaded).set(5, 4);
    run([numbered(9)]);
    expect(left[2]?.map(numberOf)).toEqual([9]);
  });

  test('gives the verdict in its flags where the entry is empty', () => {
    for (const [flags, name] of [
      [0, 'xdp_aborted'],
      [1, 'xdp_drops'],
      [2, 'xdp_pass'],
      [3, 'xdp_tx'],
    ] as const) {
      const { run, xdp, eth0 } = world([{}, {}]);
      xdp(redirectMap(5, flags, type));
      run([numbered(1)]);
      expect(eth0.queues[0]?.xdp.toRecord()[name]).toBe(1);
    }
  });

  test('takes only devices that are there', () => {
    const { xdp } = world(THREE);
    const loaded = xdp(redirectMap(0, 0, type));
    expect(() => targets(loaded).set(0, 77)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  test('to all of them sends a copy from each, one of which is the frame itself', () => {
    const { run, xdp, left, host } = world(THREE);
    const loaded = xdp(redirectMap(0, BROADCAST, type));
    [2, 3, 4].forEach((ifindex, key) => {
      targets(loaded).set(key, ifindex);
    });
    const buffers = host.pool.inUse;
    run(numberedFrames(20));
    for (const frames of left) expect(frames.map(numberOf)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect([host.broadcasts, host.drops.total]).toEqual([40, 0]);
    expect(buffers - host.pool.inUse).toBeLessThan(16 * 2);
  });

  test('to all but the one it came from', () => {
    const { run, xdp, left, host } = world(THREE);
    const loaded = xdp(redirectMap(0, BROADCAST | EXCLUDE_INGRESS, type));
    [2, 3, 4].forEach((ifindex, key) => {
      targets(loaded).set(key, ifindex);
    });
    run([numbered(1)]);
    expect(left.map((frames) => frames.length)).toEqual([0, 1, 1]);
    expect(host.broadcasts).toBe(1);
  });

  test('to all of an empty map drops the frame', () => {
    const { run, xdp, left, host } = world(THREE);
    xdp(redirectMap(0, BROADCAST, type));
    run([numbered(1)]);
    expect(left.flat()).toEqual([]);
    expect([host.broadcasts, host.drops.toRecord()]).toEqual([0, { XDP_REDIRECT_ERROR: 1 }]);
  });

  test('to all counts each copy that a device could not take', () => {
    const { run, xdp, left, host } = world([{ mtu: 2000 }, { mtu: 1000 }, { mtu: 2000 }]);
    const loaded = xdp(redirectMap(0, BROADCAST | EXCLUDE_INGRESS, type));
    targets(loaded).set(1, 3);
    targets(loaded).set(2, 4);
    run([numbered(1, 1500)]);
    expect(left.map((frames) => frames.length)).toEqual([0, 0, 1]);
    expect([host.broadcasts, host.drops.toRecord()]).toEqual([1, { XDP_REDIRECT_ERROR: 1 }]);
  });
});
