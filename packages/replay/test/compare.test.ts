import { assemble, type BpfMap, type LoadedObject } from '@hookline/bpf';
import { craft, dissect, flowOf, ipv4, udp, vlan } from '@hookline/packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChangeList, differenceOf } from '../src/compare/change-list.ts';
import { type CompareOptions, compare, type ReplayProgram, replay } from '../src/index.ts';
import { captureOf, numbered, numberedFrames, SMALL_HOST, spaced, xdpProgram } from './replayed.ts';

const pass = xdpProgram('.program pass xdp\nr0 = 2\nexit');
const drop = xdpProgram('.program drop xdp\nr0 = 1\nexit');

/** A program that may look at the frame: r2 is where it begins, and 60 bytes are there. It returns r0, PASS at first. */
function xdp(body: string, name = 'own'): ReplayProgram {
  return xdpProgram(`
    .program ${name} xdp
    r6 = r1
    r2 = *(u32 *)(r1 +0)
    r3 = *(u32 *)(r1 +4)
    r4 = r2
    r4 += 60
    r0 = 2
    if r4 > r3 goto out
    ${body}
    out: exit`);
}

function tcProgram(text: string): ReplayProgram {
  const object = assemble(`.program classify sched_cls\n${text}\nexit`);
  return { name: 'classify', object, tc: 'classify' };
}

/** Counts each frame in the slot that its last byte names, and lets it pass. */
const COUNTER = `
  .map counters array key u32 value u64 entries 4
  .program counting xdp
  r2 = *(u32 *)(r1 +0)
  r3 = *(u32 *)(r1 +4)
  r4 = r2
  r4 += 60
  if r4 > r3 goto out
  r5 = *(u8 *)(r2 +59)
  *(u32 *)(r10 -4) = r5
  r1 = map[counters]
  r2 = r10
  r2 += -4
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  r1 = 1
  lock *(u64 *)(r0 +0) += r1
  out:
  r0 = 2
  exit`;

function counting(labels: readonly string[]): ReplayProgram {
  return {
    name: 'counting',
    object: assemble(COUNTER),
    xdp: 'counting',
    rows: (loaded) =>
      labels.map((label, slot) => ({ label, action: 'pass', packets: readCounter(loaded, slot), bytes: 0n })),
  };
}

function readCounter({ maps }: LoadedObject, slot: number): bigint {
  return (maps.counters as unknown as BpfMap<number, bigint>).get(slot) ?? 0n;
}

function compared(
  old: ReplayProgram,
  fresh: ReplayProgram,
  frames: readonly Uint8Array[],
  options: Partial<CompareOptions> = {},
) {
  const captures = [{ source: captureOf(spaced(frames)), name: 'a.pcapng' }];
  return compare({ host: SMALL_HOST, captures, ...options, old, new: fresh });
}

describe('compare', () => {
  test('finds nothing between a program and itself', async () => {
    expect(await compared(pass, pass, numberedFrames(5))).toEqual({
      old: 'pass',
      new: 'pass',
      hook: 'xdp',
      captures: [{ file: 'a.pcapng', packets: 5 }],
      frames: { compared: 5, changed: 0, tooLong: 0 },
      changes: [],
      warnings: [],
      error: null,
    });
  });

  test('groups frames whose verdict changes by flow, the largest first, with the first packet of each', async () => {
    const flowA = [numbered(1, 60, 0), numbered(2, 60, 0)];
    const flowB = [numbered(3, 80, 1), numbered(4, 60, 1), numbered(5, 60, 1)];
    const { frames, changes } = await compared(pass, drop, [...flowA, ...flowB]);
    expect(frames).toEqual({ compared: 5, changed: 5, tooLong: 0 });
    const entry = (frame: Uint8Array, packet: number, count: number, bytes: number) => ({
      flow: flowOf(frame)?.key,
      frames: count,
      bytes,
      example: { file: 'a.pcapng', packet, summary: dissect(frame).summary, difference: null },
    });
    expect(changes).toEqual([
      {
        old: { verdict: 'PASS', rules: [] },
        new: { verdict: 'DROP', rules: [] },
        differs: ['verdict'],
        frames: 5,
        bytes: 320,
        flows: [entry(flowB[0] as Uint8Array, 3, 3, 200), entry(flowA[0] as Uint8Array, 1, 2, 120)],
        framesOfOtherFlows: 0,
      },
    ]);
    expect(changes[0]?.flows.map(({ flow }) => flow)).toEqual([
      'udp 10.0.0.1.1001 10.0.0.2.53',
      'udp 10.0.0.1.1000 10.0.0.2.53',
    ]);
  });

  test('finds changed bytes where both programs let the frame go on, and only there', async () => {
    const decrement = xdp('r5 = *(u8 *)(r2 +22)\nr5 += -1\n*(u8 *)(r2 +22) = r5');
    const { changes } = await compared(pass, decrement, [numbered(1)]);
    expect(changes).toMatchObject([{ differs: ['bytes'], old: { verdict: 'PASS' }, new: { verdict: 'PASS' } }]);
    // The TTL is byte 22, behind the Ethernet header and eight bytes of IPv4's (RFC 791); UDP, 17, follows.
    expect(changes[0]?.flows[0]?.example.difference).toMatchObject({
      offset: 22,
      old: expect.stringMatching(/^4011/),
      new: expect.stringMatching(/^3f11/),
      oldLength: 60,
      newLength: 60,
    });
    const decrementAndDrop = xdp('r5 = *(u8 *)(r2 +22)\nr5 += -1\n*(u8 *)(r2 +22) = r5\nr0 = 1');
    expect((await compared(drop, decrementAndDrop, [numbered(1)])).changes).toEqual([]);
  });

  test('finds frames that one program has made shorter', async () => {
    const shorter = xdp('r1 = r6\nr2 = -10\ncall bpf_xdp_adjust_tail\nr0 = 2');
    const { changes } = await compared(pass, shorter, [numbered(1)]);
    const difference = changes[0]?.flows[0]?.example.difference;
    expect(difference).toEqual({ offset: 50, old: '0000000000000000', new: '', oldLength: 60, newLength: 50 });
  });

  test('tells the targets of redirects apart', async () => {
    const redirect = (ifindex: number) => xdp(`r1 = ${ifindex}\nr2 = 0\ncall bpf_redirect`);
    const otherDevices = [{ name: 'dmz0', ifindex: 7 }];
    const { changes } = await compared(redirect(7), redirect(9), [numbered(1)], { otherDevices });
    expect(changes).toMatchObject([
      { old: { verdict: 'REDIRECT to dmz0' }, new: { verdict: 'REDIRECT to interface 9' }, differs: ['verdict'] },
    ]);
    const nowhere = xdpProgram('.program nowhere xdp\nr0 = 4\nexit');
    const unknown = xdpProgram('.program unknown xdp\nr0 = 77\nexit');
    expect((await compared(nowhere, unknown, [numbered(1)])).changes).toMatchObject([
      { old: { verdict: 'REDIRECT to nowhere' }, new: { verdict: 'unknown (77)' } },
    ]);
  });

  test('names the rules that counted a frame, and knows a rule again that has moved', async () => {
    const frames = [0, 1, 2].map((slot) => numbered(slot));
    const old = counting(['rule 1: web', 'rule 2: mail', 'default']);
    const moved = counting(['rule 7: web', 'rule 1: mail', 'default']);
    expect((await compared(old, moved, frames)).changes).toEqual([]);
    const { changes } = await compared(old, counting(['rule 1: web', 'rule 2: telnet', 'rule 3: rest']), frames);
    expect(changes).toMatchObject([
      { differs: ['rule'], old: { rules: ['rule 2: mail'] }, new: { rules: ['rule 2: telnet'] }, frames: 1 },
      { differs: ['rule'], old: { rules: ['default'] }, new: { rules: ['rule 3: rest'] }, frames: 1 },
    ]);
    expect(changes.map(({ flows }) => flows[0]?.example.packet)).toEqual([2, 3]);
    // A program without rules cannot have others.
    expect((await compared(old, pass, frames)).changes).toEqual([]);
  });

  test('puts changes of the verdict before those of bytes, and those before rules', async () => {
    const list = new ChangeList();
    const outcome = { verdict: 'PASS', rules: [] };
    const frame = numbered(0);
    const add = (differs: readonly ('verdict' | 'bytes' | 'rule')[], times: number) => {
      for (let i = 0; i < times; i++) {
        list.add({ old: outcome, new: outcome, differs, file: 'a', packet: i + 1, frame, difference: null });
      }
    };
    add(['rule'], 5);
    add(['bytes'], 3);
    add(['verdict'], 1);
    add(['verdict', 'rule'], 2);
    const order = list.toChanges().map(({ differs, frames }) => [differs.join(), frames]);
    expect(order).toEqual([
      ['verdict,rule', 2],
      ['verdict', 1],
      ['bytes', 3],
      ['rule', 5],
    ]);
  });

  test('tells no more flows apart than memory allows, and still counts their frames', () => {
    const list = new ChangeList(2);
    const outcome = { verdict: 'PASS', rules: [] };
    for (let i = 0; i < 6; i++) {
      const frame = numbered(i, 60, i % 4);
      list.add({ old: outcome, new: outcome, differs: ['verdict'], file: 'a', packet: i + 1, frame, difference: null });
    }
    expect(list.toChanges()).toMatchObject([
      { frames: 6, framesOfOtherFlows: 2, flows: [{ frames: 2 }, { frames: 2 }] },
    ]);
  });

  test('runs TC programs on packets whose VLAN tag is out of the way, and puts it back', async () => {
    const tagged = craft(vlan({ vlanId: 5 }, ipv4({}, udp({}, new Uint8Array(30)))));
    // __sk_buff: vlan_present is at 20, vlan_tci at 24 (linux/bpf.h).
    const byVlan = tcProgram('r0 = 0\nr2 = *(u32 *)(r1 +24)\nif r2 != 5 goto +1\nr0 = 2');
    const ok = tcProgram('r0 = 0');
    const { hook, changes } = await compared(ok, byVlan, [tagged, numbered(1)]);
    expect(hook).toBe('tc');
    expect(changes).toMatchObject([{ old: { verdict: 'OK' }, new: { verdict: 'SHOT' }, frames: 1 }]);
    expect(changes[0]?.flows[0]?.example).toMatchObject({ packet: 1, difference: null });
    expect((await compared(ok, tcProgram('r0 = -1'), [tagged])).changes).toMatchObject([
      { differs: ['verdict'], new: { verdict: 'UNSPEC' } },
    ]);
  });

  test("lets programs see the captures' time", async () => {
    // Frames come at 0, 1000, ... ns; those before 2000 ns are dropped.
    const later = xdpProgram(
      '.program later xdp\ncall bpf_ktime_get_ns\nr1 = r0\nr0 = 1\nif r1 < 2000 goto +1\nr0 = 2\nexit',
    );
    const { changes } = await compared(pass, later, numberedFrames(5));
    expect(changes).toMatchObject([{ new: { verdict: 'DROP' }, frames: 2, flows: [{ example: { packet: 1 } }] }]);
  });

  test('keeps what each program remembers from packet to packet, over all captures', async () => {
    const twice = captureOf(spaced([numbered(1)]));
    const captures = [
      { source: twice, name: 'one' },
      { source: twice, name: 'two' },
    ];
    // Passes the first frame only.
    const first = xdpProgram(`
      .map seen array key u32 value u64 entries 1
      .program first xdp
      *(u32 *)(r10 -4) = 0
      r1 = map[seen]
      r2 = r10
      r2 += -4
      call bpf_map_lookup_elem
      if r0 == 0 goto out
      r1 = *(u64 *)(r0 +0)
      *(u64 *)(r0 +0) = 1
      r0 = 2
      if r1 == 0 goto out
      r0 = 1
      out: exit`);
    const { changes, captures: read } = await compared(pass, first, [], { captures });
    expect(changes).toMatchObject([{ frames: 1, flows: [{ example: { file: 'two', packet: 1 } }] }]);
    expect(read).toEqual([
      { file: 'one', packets: 1 },
      { file: 'two', packets: 1 },
    ]);
  });

  test('leaves out frames that the device would not take, and says so', async () => {
    const { frames, warnings } = await compared(pass, drop, [numbered(1, 1522), numbered(2, 1523)], {
      shape: { oversize: 'keep' },
    });
    expect(frames).toEqual({ compared: 1, changed: 1, tooLong: 1 });
    expect(warnings.at(-1)).toMatch(/^1 frames are longer than the MTU allows.*--mtu/);
  });

  test('reads at most `limit` packets, and a damaged capture up to the damage', async () => {
    expect((await compared(pass, drop, numberedFrames(5), { limit: 3 })).frames.compared).toBe(3);
    const whole = captureOf(spaced(numberedFrames(5)));
    const captures = [{ source: whole.subarray(0, whole.length - 3), name: 'cut.pcapng' }];
    const { frames, error } = await compared(pass, drop, [], { captures });
    expect(frames.compared).toBe(4);
    expect(error).toMatch(/^cut\.pcapng: .*packet 5/);
  });

  test.each([
    [{ new: tcProgram('r0 = 0') }, /^pass runs at xdp and classify at tc: compare programs for the same hook\.$/],
    [{ old: { name: 'none', object: pass.object } }, /^none names no program of the hooks xdp and tc: name one\.$/],
    [{ new: { ...pass, xdp: 'other' } }, /^the object has no xdp program 'other': it has pass\.$/],
    [{ captures: [] }, /there is no capture/],
    [{ limit: -1 }, /^limit is -1: give a whole number/],
    [{ shape: { cut: 'off' as 'pad' } }, /^shape\.cut is off/],
  ])('refuses %j', async (options, message) => {
    const captures = [{ source: captureOf([]) }];
    const refused = compare({ host: SMALL_HOST, captures, old: pass, new: pass, ...options });
    await expect(refused).rejects.toMatchObject({ code: 'REPLAY_OPTION', message: expect.stringMatching(message) });
  });

  test('a program that faults ends it with the name of the program and the instruction', async () => {
    const faulty = xdpProgram('.program faulty xdp\nr2 = *(u32 *)(r1 +4)\nr0 = *(u8 *)(r2 +0)\nexit');
    await expect(compared(pass, faulty, [numbered(1)])).rejects.toMatchObject({
      code: 'PROGRAM_FAULT',
      message: expect.stringMatching(/faulty, instruction 1/),
    });
  });

  test('finds as many frames of each verdict as a replay does', async () => {
    const byLastByte = xdp('r0 = *(u8 *)(r2 +59)', 'by_last_byte');
    const none = xdpProgram('.program none xdp\nr0 = 99\nexit');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 40 }), async (verdicts) => {
        const frames = verdicts.map((verdict, i) => numbered(verdict, 60, i % 5));
        const { changes } = await compared(none, byLastByte, frames);
        const captures = [{ source: captureOf(spaced(frames)) }];
        const report = await replay({ host: SMALL_HOST, captures, program: byLastByte }).run();
        const found = changes.map(({ new: { verdict }, frames }) => [verdict.split(' ')[0], frames]);
        const expected = Object.entries(report.verdicts).filter(([, count]) => count > 0);
        expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
        for (const { flows, frames } of changes) {
          expect(flows.reduce((sum, flow) => sum + flow.frames, 0)).toBe(frames);
        }
      }),
      { numRuns: 8 },
    );
  });
});

test('differenceOf names the first byte that differs, wherever the ends are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (old, fresh) => {
      const difference = differenceOf(old, fresh);
      if (Buffer.compare(old, fresh) === 0) {
        expect(difference).toBeNull();
        return;
      }
      const { offset, old: was, new: is } = difference ?? { offset: -1, old: '', new: '' };
      expect(Buffer.compare(old.subarray(0, offset), fresh.subarray(0, offset))).toBe(0);
      expect(was.slice(0, 2)).not.toBe(is.slice(0, 2));
      expect(was).toBe(Buffer.from(old.subarray(offset, offset + 8)).toString('hex'));
      expect(is).toBe(Buffer.from(fresh.subarray(offset, offset + 8)).toString('hex'));
    }),
  );
});
