import fc from 'fast-check';
import { any32, between, FILL_STACK, type HelperCase, SEEN, STORE_SEEN, withParameters } from './parameters.ts';

export const TC_CASES: readonly HelperCase[] = [
  {
    name: 'skb_load_bytes',
    object: withParameters(
      'sched_cls',
      SEEN,
      `${FILL_STACK}
       r4 = r8
       r4 &= 63
       if r4 == 0 goto out
       r1 = r6
       r2 = r7
       r3 = r10
       r3 += -64
       call bpf_skb_load_bytes
       ${STORE_SEEN}`,
    ),
    a: fc.oneof(between(-4, 310), any32),
    b: any32,
  },
  {
    name: 'skb_store_bytes',
    object: withParameters(
      'sched_cls',
      '',
      `${FILL_STACK}
       r4 = r8
       r4 &= 63
       if r4 == 0 goto out
       r1 = r6
       r2 = r7
       r3 = r10
       r3 += -64
       r5 = r9
       call bpf_skb_store_bytes`,
    ),
    a: fc.oneof(between(-4, 310), any32),
    b: any32,
    c: fc.constantFrom(0n, 0n, 1n, 2n, 3n, 4n, 2n ** 63n),
  },
  {
    name: 'l3_csum_replace',
    object: withParameters(
      'sched_cls',
      '',
      `r1 = r6
       r2 = r7
       r2 &= 0xffff
       r3 = r8
       r3 &= 0xffff
       r4 = r9
       r4 &= 0xffff
       r5 = r9
       r5 >>= 60
       call bpf_l3_csum_replace`,
    ),
    a: fc.oneof(between(0, 310), any32),
    b: any32,
    c: fc
      .record({ to: between(0, 0xffff), size: fc.constantFrom(2n, 2n, 2n, 4n, 0n, 3n) })
      .map(({ to, size }) => (size << 60n) | BigInt(to)),
  },
  {
    name: 'l3_csum_replace of whole words',
    object: withParameters(
      'sched_cls',
      '',
      'r1 = r6\nr2 = r7\nr3 = r8\nw3 = w3\nr4 = r9\nr5 = 4\ncall bpf_l3_csum_replace',
    ),
    a: between(0, 310),
    b: any32,
    c: between(0, 0x7fff_ffff).map(BigInt),
  },
  {
    name: 'l3_csum_replace by a difference',
    object: withParameters(
      'sched_cls',
      '',
      'r1 = r6\nr2 = r7\nr3 = 0\nr4 = r8\nw4 = w4\nr5 = 0\ncall bpf_l3_csum_replace',
    ),
    a: between(0, 310),
    b: any32,
  },
  {
    name: 'l4_csum_replace',
    object: withParameters(
      'sched_cls',
      '',
      `r1 = r6
       r2 = r7
       r3 = r8
       w3 = w3
       r4 = r9
       w4 = w4
       r5 = r9
       r5 >>= 48
       call bpf_l4_csum_replace`,
    ),
    a: fc.oneof(between(0, 310), any32),
    b: fc.oneof(between(0, 0xffff), any32),
    c: fc
      .record({
        to: fc.oneof(between(0, 0xffff), between(0, 0x7fff_ffff)),
        size: fc.constantFrom(2, 2, 4, 4, 0, 3),
        flags: fc.subarray([0x10, 0x20, 0x40, 0x80, 0x100]),
      })
      .map(({ to, size, flags }) => (BigInt(flags.reduce((sum, flag) => sum | flag, size)) << 48n) | BigInt(to)),
  },
  {
    name: 'redirect in TC',
    object: withParameters('sched_cls', '', 'r1 = r7\nr2 = r9\ncall bpf_redirect'),
    a: between(0, 9),
    c: fc.constantFrom(0n, 0n, 1n, 2n, 2n ** 32n),
  },
];
