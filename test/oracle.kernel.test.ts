import { assemble, type BpfObject } from '@hookline/bpf';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { compare, type TwoWorlds } from './oracle/compare.ts';
import { Worlds } from './oracle/worlds.ts';

// The oracle itself: it has to see what it is there to see.

const skip = inject('kernel') !== '';
const FRAME = new Uint8Array(64);
let worlds: Worlds;

beforeAll(() => {
  if (!skip) worlds = new Worlds();
});
afterAll(() => {
  if (!skip) worlds[Symbol.dispose]();
});

/** Marks the first byte of the packet, counts and returns: each with a number of its own. */
function object(
  numbers: { readonly byte?: number; readonly count?: number; readonly verdict?: number; readonly move?: number } = {},
) {
  const { byte = 7, count = 1, verdict = 2, move = 0 } = numbers;
  return assemble(`
    .map seen hash key 4 value 8 entries 4
      r6 = r1
      r2 = ${move}
      call bpf_xdp_adjust_meta
      r2 = *(u32 *)(r6 +0)
      r3 = *(u32 *)(r6 +4)
      r4 = r2
      r4 += 14
      if r4 > r3 goto out
      *(u8 *)(r2 +0) = ${byte}
      *(u32 *)(r10 -4) = 3
      *(u64 *)(r10 -16) = ${count}
      r1 = map[seen]
      r2 = r10
      r2 += -4
      r3 = r10
      r3 += -16
      r4 = 0
      call bpf_map_update_elem
    out:
      r0 = ${verdict}
      exit
  `);
}

/** Both worlds are the kernel, but one loads another program. */
function apart(other: BpfObject): TwoWorlds {
  return { load: (own) => worlds.load(own), simulate: () => worlds.load(other) };
}

test.skipIf(skip)('equal programs do not differ', () => {
  const result = compare(apart(object()), object(), [{ frame: FRAME }, { frame: FRAME.subarray(0, 14) }]);
  expect(result).toEqual({ differences: [], compared: 2, skipped: {} });
});

test.skipIf(skip).each([
  ['verdict', { verdict: 3 }, { what: 'run 0: verdict', kernel: '2', vm: '3' }],
  ['packet', { byte: 8 }, { what: 'run 0: frame', kernel: `07${'00'.repeat(63)}`, vm: `08${'00'.repeat(63)}` }],
  ['map', { count: 5 }, { what: 'map seen', kernel: '3 = 1n', vm: '3 = 5n' }],
  ['context', { move: -4 }, { what: 'run 0: context data', kernel: '0', vm: '4' }],
])('a difference in the %s is seen', (_, numbers, difference) => {
  const result = compare(apart(object(numbers)), object(), [{ frame: FRAME }]);
  expect(result.differences).toContainEqual(difference);
});

test.skipIf(skip)('frames that a test run does not take are counted by reason', () => {
  const result = compare(apart(object()), object(), [
    { frame: FRAME.subarray(0, 13) },
    { frame: new Uint8Array(3521) },
    { frame: FRAME.subarray(0, 10) },
    { frame: FRAME },
  ]);
  expect(result).toMatchObject({
    compared: 1,
    skipped: { 'XDP: shorter than 14 bytes': 2, 'XDP: longer than 3520 bytes becomes fragments': 1 },
  });
});

test.skipIf(skip)('a program that the verifier refuses is no difference, but said', () => {
  const result = compare(worlds, assemble('r0 = *(u8 *)(r1 +99)\nexit'), [{ frame: FRAME }]);
  expect(result).toMatchObject({ differences: [], compared: 0, refused: { code: 'EACCES' } });
});

test.skipIf(skip)('time, random numbers and the CPU are what the test says, wherever jumps lead', () => {
  const live = assemble(`
    .map out array value 32 entries 1
      r9 = 3
    again:
      call bpf_ktime_get_ns
      r7 = r0
      call bpf_get_prandom_u32
      if r0 == 0 goto wrong
      r8 = r0
      call helper
      r9 += -1
      if r9 != 0 goto again
      r1 = map[out][0]+0
      *(u64 *)(r1 +0) = r7
      *(u64 *)(r1 +8) = r8
      *(u64 *)(r1 +16) = r0
      r0 = 0
      exit
    wrong:
      r0 = 1
      exit
    .function helper 0
      call bpf_get_smp_processor_id
      exit
  `);
  const inputs = { ktime_get_ns: 0x1_2345_6789n, get_prandom_u32: 0xffff_ffff_0000_0042n, get_smp_processor_id: 5n };
  const expected = new Uint8Array(32);
  expected.set([0x89, 0x67, 0x45, 0x23, 1, 0, 0, 0, 0x42, 0, 0, 0, 0, 0, 0, 0, 5]);
  const seen: Uint8Array[] = [];
  const result = compare(
    worlds,
    live,
    [
      { frame: FRAME },
      {
        frame: FRAME,
        before: ({ maps }) => {
          const out = maps.out;
          if (out && 'get' in out) seen.push(out.get(0) as Uint8Array);
        },
      },
    ],
    { inputs },
  );
  expect(result).toEqual({ differences: [], compared: 2, skipped: {} });
  expect(seen).toEqual([expected, expected]);
});
