import { any32, any64, FILL_STACK, type HelperCase, SEEN, STORE_SEEN, withParameters } from './parameters.ts';

const CSUM_DIFF = (from: string, to: string): string => `${FILL_STACK}
  r2 = r7
  r2 &= 31
  r4 = r8
  r4 &= 31
  r1 = r10
  r1 += -64
  r3 = r10
  r3 += -32
  ${from}
  ${to}
  r5 = r9
  call bpf_csum_diff
  ${STORE_SEEN}`;

export const CHECKSUM_CASES: readonly HelperCase[] = (['xdp', 'sched_cls'] as const).flatMap((type) => [
  { name: `csum_diff in ${type}`, object: withParameters(type, SEEN, CSUM_DIFF('', '')), a: any32, b: any32, c: any64 },
  {
    name: `csum_diff in ${type}, adding only`,
    object: withParameters(type, SEEN, CSUM_DIFF('r1 = 0\nr2 = 0', '')),
    a: any32,
    b: any32,
    c: any64,
  },
  {
    name: `csum_diff in ${type}, taking away only`,
    object: withParameters(type, SEEN, CSUM_DIFF('', 'r3 = 0\nr4 = 0')),
    a: any32,
    b: any32,
    c: any64,
  },
]);
