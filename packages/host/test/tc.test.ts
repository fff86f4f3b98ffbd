import type { BpfMap, LoadedObject } from '@hookline/bpf';
import { arp, craft, ipv4, serviceVlan, udp, vlan } from '@hookline/packet';
import { describe, expect, test } from 'vitest';
import { type DeviceOptions, TC_NAMES } from '../src/index.ts';
import { addressedTo, numbered, numberOf, type World, world } from './world.ts';

const returning = (verdict: number, name = 'verdict'): string => `.program ${name} tc\nr0 = ${verdict}\nexit`;
const redirect = (ifindex: number, flags = 0, name = 'redirect'): string =>
  `.program ${name} tc\nr1 = ${ifindex}\nr2 = ${flags}\ncall bpf_redirect\nexit`;
const INGRESS = 1;

function counts({ host }: World): Record<string, number> {
  return Object.fromEntries(TC_NAMES.map((name, i) => [name, host.stack.verdicts[i] as number]));
}

// tcx_run and tcx_action_code (net/core/dev.c): -1, 0, 2 and 7 mean something, all else lets the packet go on.
describe('a TC verdict at ingress', () => {
  test.each([
    [0, 'OK', true],
    [2, 'SHOT', false],
    [-1, 'UNSPEC', true],
    [1, 'unknown', true],
    [3, 'unknown', true],
    [4, 'unknown', true],
    [77, 'unknown', true],
    [-2, 'unknown', true],
  ] as const)('of %i is %s; delivered: %s', (verdict, name, delivered) => {
    const made = world();
    made.tc(returning(verdict));
    const buffers = made.host.pool.inUse;
    made.run([numbered(1)]);
    expect(counts(made)).toEqual({ OK: 0, SHOT: 0, REDIRECT: 0, UNSPEC: 0, unknown: 0, [name]: 1 });
    expect(made.delivered.map(({ bytes }) => bytes)).toEqual(delivered ? [numbered(1)] : []);
    expect(made.host.drops.toRecord()).toEqual(delivered ? {} : { TC_INGRESS: 1 });
    expect(made.host.pool.inUse).toBe(buffers - 1);
  });

  test('of REDIRECT without the helper drops', () => {
    const { tc, run, host } = world();
    tc(returning(7));
    run([numbered(1)]);
    expect(host.drops.toRecord()).toEqual({ TC_INGRESS: 1 });
  });
});

/** Marks the packet (adds to mark) and returns a verdict. */
const marking = (add: number, verdict: number): string =>
  `.program add${add} tc\nw2 = *(u32 *)(r1 +8)\nw2 += ${add}\n*(u32 *)(r1 +8) = r2\nr0 = ${verdict}\nexit`;
/** Drops packets that have another mark. */
const expecting = (mark: number): string =>
  `.program expect tc\nr0 = 2\nw2 = *(u32 *)(r1 +8)\nif w2 != ${mark} goto +1\nr0 = 0\nexit`;

describe('several TC programs on one hook', () => {
  test('run in their order, each sees what the one before wrote', () => {
    const { tc, run, delivered } = world();
    tc(marking(1, -1));
    tc(marking(10, -1));
    tc(expecting(11));
    run([numbered(1), numbered(2)]);
    expect(delivered).toHaveLength(2);
  });

  test.each([0, 1, 77])('stop at the first that says %i', (verdict) => {
    const { tc, run, delivered } = world();
    tc(returning(verdict));
    tc(returning(2, 'never'));
    run([numbered(1)]);
    expect(delivered).toHaveLength(1);
  });

  test('start with a clean packet each time', () => {
    const { tc, run, delivered } = world();
    tc(marking(5, -1));
    tc(expecting(5));
    run([numbered(1), numbered(2), numbered(3)]);
    expect(delivered).toHaveLength(3);
  });

  test('run at ingress and egress, at each for itself', () => {
    const { tc, run, left, host } = world([{}, {}]);
    tc(marking(1, -1));
    tc(redirect(3));
    tc(expecting(1), 'eth1', 'egress');
    tc(returning(2), 'eth1', 'ingress');
    run([numbered(7)]);
    expect(left[1]?.map(numberOf)).toEqual([7]);
    expect(host.drops.total).toBe(0);
  });
});

/** What a program sees: 32-bit fields of its context, by their offsets, as a map value. */
const FIELDS = {
  len: 0,
  pktType: 4,
  mark: 8,
  queueMapping: 12,
  protocol: 16,
  vlanPresent: 20,
  vlanTci: 24,
  vlanProto: 28,
  priority: 32,
  ingressIfindex: 36,
  ifindex: 40,
  tcIndex: 44,
  cb0: 48,
  hash: 68,
  wireLen: 160,
} as const;

const LOOK = `
  .map seen array key u32 value 60 entries 1
  .program look tc
  r6 = r1
  *(u32 *)(r10 -4) = 0
  r1 = map[seen]
  r2 = r10
  r2 += -4
  call bpf_map_lookup_elem
  if r0 == 0 goto out
${Object.values(FIELDS)
  .map((offset, i) => `  w1 = *(u32 *)(r6 +${offset})\n  *(u32 *)(r0 +${4 * i}) = r1`)
  .join('\n')}
out:
  r0 = -1
  exit`;

type Seen = Record<keyof typeof FIELDS, number>;

function look(made: World, device = 'eth0', direction: 'ingress' | 'egress' = 'ingress'): () => Seen {
  const loaded: LoadedObject = made.load(LOOK);
  made.host.attachTc(loaded.programs.look as never, device, { direction });
  return () => {
    const value = (loaded.maps.seen as unknown as BpfMap<number, Uint8Array>).get(0) as Uint8Array;
    const view = new DataView(value.buffer, value.byteOffset);
    return Object.fromEntries(Object.keys(FIELDS).map((name, i) => [name, view.getUint32(4 * i, true)])) as Seen;
  };
}

/** A 16-bit number as a little-endian machine reads network order. */
const swapped = (value: number): number => ((value & 0xff) << 8) | (value >> 8);

describe('the packet that a TC program sees', () => {
  test('is the whole frame, with queue and device', () => {
    const made = world([{ queues: 1 }]);
    const seen = look(made);
    made.run([numbered(1, 100)]);
    expect(seen()).toMatchObject({
      len: 100,
      mark: 0,
      priority: 0,
      protocol: swapped(0x0800),
      ingressIfindex: 2,
      ifindex: 2,
      cb0: 0,
    });
    // skb_record_rx_queue: queue 0 is 1.
    expect(seen().queueMapping).toBe(1);
    expect(seen().hash).not.toBe(0);
  });

  // Seen on 6.18 with a frame of 100 bytes over a veth pair: 86 at ingress, 100 at egress.
  test('has a wire_len without its MAC header at ingress, with it at egress', () => {
    const made = world([{ queues: 1 }, { queues: 1 }]);
    const ingress = look(made);
    const egress = look(made, 'eth1', 'egress');
    made.tc(redirect(3));
    made.run([numbered(1, 100)]);
    expect(ingress().wireLen).toBe(86);
    expect(egress().wireLen).toBe(100);
  });

  // eth_type_trans (net/ethernet/eth.c)
  test.each([
    ['02:00:00:00:00:01', 0],
    ['ff:ff:ff:ff:ff:ff', 1],
    ['01:00:5e:00:00:01', 2],
    ['33:33:00:00:00:01', 2],
    ['02:00:00:00:00:02', 3],
  ])('to %s has pkt_type %i', (destination, pktType) => {
    const made = world([{ macAddress: '02:00:00:00:00:01' }]);
    const seen = look(made);
    made.run([addressedTo(destination)]);
    expect(seen().pktType).toBe(pktType);
  });

  test.each([
    ['ARP', craft(arp({})), 0x0806],
    ['802.2', withType(0x0026, [0x42, 0x42]), 0x0004],
    ['raw 802.3', withType(0x0026, [0xff, 0xff]), 0x0001],
    ['a type of 0x0600', withType(0x0600, [0, 0]), 0x0600],
  ])('names the protocol of %s', (_, frame, protocol) => {
    const made = world();
    const seen = look(made);
    made.run([frame]);
    expect(seen().protocol).toBe(swapped(protocol));
  });
});

function withType(type: number, start: readonly number[]): Uint8Array {
  const frame = new Uint8Array(60);
  frame.set([type >> 8, type & 0xff, ...start], 12);
  return frame;
}

const INNER = ipv4({ source: '10.0.0.1', destination: '10.0.0.2' }, udp({}, 'payload of some length'));

describe('a VLAN tag', () => {
  test.each([
    ['802.1Q', vlan({ vlanId: 100, priority: 5 }, INNER), 0x8100],
    ['802.1ad', serviceVlan({ vlanId: 100, priority: 5 }, INNER), 0x88a8],
  ])('of %s is taken out for TC and put back for tcpdump', (_, layer, type) => {
    const made = world();
    const seen = look(made);
    const frame = craft(layer);
    made.run([frame]);
    expect(seen()).toMatchObject({
      len: frame.length - 4,
      vlanPresent: 1,
      vlanTci: (5 << 13) | 100,
      vlanProto: swapped(type),
      protocol: swapped(0x0800),
    });
    expect(made.delivered[0]?.bytes).toEqual(frame);
    expect(made.host.deliveredBytes).toBe(frame.length);
  });

  test('is put back when the packet is sent', () => {
    const { tc, run, left } = world([{}, {}]);
    tc(redirect(3));
    const frame = craft(vlan({ vlanId: 42 }, INNER));
    run([frame]);
    expect(left[1]).toEqual([frame]);
  });

  test('stays inside when there are two', () => {
    const made = world();
    const seen = look(made);
    made.run([craft(serviceVlan({ vlanId: 7 }, vlan({ vlanId: 8 }, INNER)))]);
    expect(seen()).toMatchObject({ vlanTci: 7, protocol: swapped(0x8100) });
  });

  test('of one packet is forgotten with the next', () => {
    const made = world();
    const seen = look(made);
    made.run([craft(vlan({ vlanId: 7 }, INNER)), craft(INNER)]);
    expect(seen()).toMatchObject({ vlanPresent: 0, vlanTci: 0, vlanProto: 0 });
  });
});

const PAIR: readonly DeviceOptions[] = [{}, { macAddress: '02:00:00:00:00:02' }];

// skb_do_redirect in net/core/filter.c
describe('a TC redirect', () => {
  test('to an egress sends the packet through the TC egress of that device', () => {
    const made = world(PAIR);
    made.tc(redirect(3));
    const seen = look(made, 'eth1', 'egress');
    const buffers = made.host.pool.inUse;
    made.run([numbered(4)]);
    expect(made.left[1]?.map(numberOf)).toEqual([4]);
    expect(made.delivered).toEqual([]);
    expect(seen()).toMatchObject({ ifindex: 3, ingressIfindex: 2 });
    expect(made.host.pool.inUse).toBe(buffers - 1);
  });

  test('to an ingress starts again at that device, which the packet may be addressed to', () => {
    const made = world(PAIR);
    made.tc(redirect(3, INGRESS));
    const seen = look(made, 'eth1');
    made.run([addressedTo('02:00:00:00:00:02')]);
    expect(seen()).toMatchObject({ ifindex: 3, ingressIfindex: 3, pktType: 0 });
    expect(made.delivered.map(({ device }) => device)).toEqual(['eth1']);
  });

  test('to a device that is not there drops, with the reason of the hook', () => {
    const made = world(PAIR);
    made.tc(redirect(9));
    made.run([numbered(1)]);
    expect(made.host.drops.toRecord()).toEqual({ TC_INGRESS: 1 });
    const other = world(PAIR);
    other.tc(redirect(3));
    other.tc(redirect(9, 0, 'nowhere'), 'eth1', 'egress');
    other.run([numbered(1)]);
    expect(other.host.drops.toRecord()).toEqual({ TC_EGRESS: 1 });
  });

  test('from an egress goes to the next device', () => {
    const made = world([...PAIR, {}]);
    made.tc(redirect(3));
    made.tc(redirect(4), 'eth1', 'egress');
    made.run([numbered(6)]);
    expect(made.left.map((frames) => frames.map(numberOf))).toEqual([[], [], [6]]);
  });

  test.each([
    ['ingress', INGRESS],
    ['egress', 0],
  ] as const)('in a circle of %s ends', (direction, flags) => {
    const made = world(PAIR);
    made.tc(redirect(3, flags));
    if (direction === 'ingress') made.tc(redirect(2, flags, 'back'), 'eth1');
    else made.tc(redirect(3, flags, 'again'), 'eth1', 'egress');
    made.run([numbered(1)]);
    expect(made.host.drops.toRecord()).toEqual({ RECURSION_LIMIT: 1 });
  });

  test('into a full ring is dropped by the queueing discipline', () => {
    const made = world([{ rxUsecs: 10 }, { lineRate: 1e8, txRing: 64, transmitBuffer: 9728 }], {
      costs: { skb: 0, redirect: 0 },
    });
    made.tc(redirect(3));
    made.run(Array.from({ length: 1000 }, (_, i) => numbered(i)));
    const dropped = made.host.drops.toRecord().QDISC_DROP ?? 0;
    expect(dropped).toBeGreaterThan(0);
    expect(made.left[1]).toHaveLength(1000 - dropped);
    expect(made.host.drops.total).toBe(dropped);
  });
});

describe('a verdict at egress', () => {
  test('of SHOT drops', () => {
    const made = world(PAIR);
    made.tc(redirect(3));
    made.tc(returning(2), 'eth1', 'egress');
    made.run([numbered(1)]);
    expect(made.left[1]).toEqual([]);
    expect(made.host.drops.toRecord()).toEqual({ TC_EGRESS: 1 });
    expect(counts(made)).toMatchObject({ REDIRECT: 1, SHOT: 1 });
  });

  test('is not asked for what XDP sends', () => {
    const made = world(PAIR);
    made.xdp('r0 = 3\nexit');
    made.tc(returning(2), 'eth0', 'egress');
    made.run([numbered(1)]);
    expect(made.left[0]?.map(numberOf)).toEqual([1]);
  });
});

test('what is delivered is what the last program left', () => {
  const { tc, run, delivered } = world();
  tc(`.program write tc
    *(u32 *)(r10 -4) = 0x44332211
    r2 = 56
    r3 = r10
    r3 += -4
    r4 = 4
    r5 = 0
    call bpf_skb_store_bytes
    r0 = 0
    exit`);
  run([numbered(1)]);
  expect(delivered[0]?.bytes).toEqual(Uint8Array.of(...numbered(1).subarray(0, 56), 0x11, 0x22, 0x33, 0x44));
});
