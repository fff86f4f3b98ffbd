import { array } from '@hookline/bpf';
import { bytes } from '@hookline/layout';
import fc from 'fast-check';
import {
  any32,
  between,
  FILL_STACK,
  type HelperCase,
  mark,
  SEEN,
  STORE_SEEN,
  withParameters,
  zero,
} from './parameters.ts';

export const XDP_CASES: readonly HelperCase[] = [
  {
    name: 'xdp_adjust_head',
    object: withParameters('xdp', '', `r1 = r6\nr2 = r7\ncall bpf_xdp_adjust_head\n${mark('xdp')}`),
    a: fc.oneof(between(-260, 300), any32),
  },
  {
    name: 'xdp_adjust_tail',
    object: withParameters('xdp', '', `r1 = r6\nr2 = r7\ncall bpf_xdp_adjust_tail\n${mark('xdp')}`),
    a: fc.oneof(between(-300, 300), between(3000, 3600), any32),
  },
  {
    name: 'xdp_adjust_meta, and head after it',
    object: withParameters(
      'xdp',
      '',
      `r1 = r6
       r2 = r7
       call bpf_xdp_adjust_meta
       r2 = *(u32 *)(r6 +8)
       r3 = *(u32 *)(r6 +0)
       r4 = r2
       r4 += 4
       if r4 > r3 goto head
       *(u32 *)(r2 +0) = 0x01020304
     head:
       r9 = r0
       r1 = r6
       r2 = r8
       call bpf_xdp_adjust_head
       r0 <<= 16
       r0 += r9`,
    ),
    a: fc.oneof(
      between(-66, 66).map((n) => n * 4),
      between(-260, 260),
    ),
    b: fc.oneof(between(-40, 40), between(-260, 0)),
  },
  {
    name: 'xdp_load_bytes',
    object: withParameters(
      'xdp',
      SEEN,
      `${FILL_STACK}
       r4 = r8
       r4 &= 63
       if r4 == 0 goto out
       r1 = r6
       r2 = r7
       r3 = r10
       r3 += -64
       call bpf_xdp_load_bytes
       ${STORE_SEEN}`,
    ),
    a: fc.oneof(between(-4, 310), any32),
    b: any32,
  },
  {
    name: 'xdp_store_bytes',
    object: withParameters(
      'xdp',
      '',
      `${FILL_STACK}
       r4 = r8
       r4 &= 63
       if r4 == 0 goto out
       r1 = r6
       r2 = r7
       r3 = r10
       r3 += -64
       call bpf_xdp_store_bytes`,
    ),
    a: fc.oneof(between(-4, 310), any32),
    b: any32,
  },
  {
    name: 'xdp_get_buff_len',
    object: withParameters('xdp', '', 'r1 = r6\ncall bpf_xdp_get_buff_len'),
    a: zero,
  },
  {
    name: 'redirect in XDP',
    object: withParameters('xdp', '', 'r1 = r7\nr2 = r9\ncall bpf_redirect'),
    a: between(0, 9),
    c: fc.constantFrom(0n, 0n, 1n, 2n, 2n ** 32n),
  },
  {
    name: 'strncmp',
    object: {
      ...withParameters(
        'xdp',
        '.map text array value 8 entries 1 flags RDONLY_PROG frozen',
        `*(u64 *)(r10 -8) = r9
         r1 = r10
         r1 += -8
         r2 = 8
         r3 = map[text][0]+0
         call bpf_strncmp`,
      ),
      maps: {
        text: array('text', {
          value: bytes(8),
          maxEntries: 1,
          flags: 128,
          frozen: true,
          contents: [[0, new TextEncoder().encode('hooks\0\0\0')]],
        }),
      },
    },
    a: zero,
    c: fc
      .constantFrom('hooks', 'hook', 'hooka', 'hookz', 'hooks2', '', 'Hooks', 'hooks\xff')
      .map((text) => Buffer.from(text.padEnd(8, '\0'), 'latin1').readBigUInt64LE()),
  },
  {
    name: 'loop',
    object: withParameters(
      'xdp',
      SEEN,
      `*(u64 *)(r10 -8) = 0
       *(u64 *)(r10 -16) = r8
       r1 = r7
       r2 = subprog[body]
       r3 = r10
       r3 += -16
       r4 = r9
       call bpf_loop
       r1 = map[seen][0]+0
       *(u64 *)(r1 +0) = r0
       r2 = *(u64 *)(r10 -8)
       *(u64 *)(r1 +8) = r2
       exit`,
      `.function body 2
       r0 = 0
       r3 = *(u64 *)(r2 +8)
       r3 += r1
       *(u64 *)(r2 +8) = r3
       r4 = *(u64 *)(r2 +0)
       if r1 != r4 goto on
       r0 = 1
     on:
       exit`,
    ),
    a: fc.oneof(between(0, 200), between(0x7f_fff0, 0x80_0010), fc.constant(-1)),
    // Rounds near the limit must end early: the simulator would take seconds for eight million.
    b: between(0, 250),
    c: fc.constantFrom(0n, 0n, 0n, 0n, 1n),
  },
];
