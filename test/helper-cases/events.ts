import fc from 'fast-check';
import { any32, between, FILL_STACK, type HelperCase, withParameters } from './parameters.ts';

const RING = '.map m ringbuf value 8 entries 4096';

export const EVENT_CASES: readonly HelperCase[] = [
  {
    name: 'ringbuf_output, until the ring is full',
    object: withParameters(
      'xdp',
      RING,
      `${FILL_STACK}
       r1 = map[m]
       r2 = r10
       r2 += -64
       r3 = r8
       r3 &= 63
       r4 = r9
       call bpf_ringbuf_output`,
    ),
    a: any32,
    b: any32,
    c: fc.constantFrom(0n, 0n, 0n, 1n, 2n, 3n, 4n),
    frames: 300,
  },
  {
    name: 'ringbuf_reserve, then submit or discard',
    object: withParameters(
      'xdp',
      RING,
      `r1 = map[m]
       r2 = 200
       r3 = 0
       call bpf_ringbuf_reserve
       if r0 == 0 goto full
       *(u64 *)(r0 +0) = r9
       *(u64 *)(r0 +192) = r8
       r1 = r0
       r2 = 0
       if r7 == 0 goto discard
       call bpf_ringbuf_submit
       r0 = 1
       goto out
     discard:
       call bpf_ringbuf_discard
       r0 = 2
       goto out
     full:
       r0 = 3`,
    ),
    a: between(0, 2),
    frames: 40,
    b: any32,
    c: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  },
  {
    name: 'ringbuf_reserve of more than there can be',
    object: withParameters(
      'xdp',
      RING,
      `r1 = map[m]
       r2 = 4088
       r3 = 0
       call bpf_ringbuf_reserve
       if r0 == 0 goto none
       r1 = r0
       r2 = 0
       call bpf_ringbuf_discard
       r0 = 1
       goto out
     none:
       r0 = 7`,
    ),
    a: between(0, 0),
  },
  {
    name: 'perf_event_output',
    object: withParameters(
      'xdp',
      '.map m perf_event_array value 64',
      `${FILL_STACK}
       r1 = r6
       r2 = map[m]
       r3 = r9
       r4 = r10
       r4 += -64
       r5 = r8
       r5 &= 63
       call bpf_perf_event_output`,
    ),
    a: any32,
    b: any32,
    c: fc.constantFrom(0xffff_ffffn, 0xffff_ffffn, 0n, 1n, 2n, 77n, 1n << 32n, 1n << 60n),
  },
  {
    name: 'trace_printk counts its characters',
    object: withParameters(
      'xdp',
      '.license "GPL"',
      `r1 = 0x000a78256e642520 ll       // " %dn%x\\n"
       *(u64 *)(r10 -8) = r1
       r1 = r10
       r1 += -8
       r2 = 8
       r3 = r7
       r4 = r8
       call bpf_trace_printk`,
    ),
    a: any32,
    b: any32,
  },
];
