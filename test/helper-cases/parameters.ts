import { assemble, type BpfObject, type LoadedObject, type ProgramType } from '@hookline/bpf';
import fc from 'fast-check';

/** Where a frame holds the parameters a (s32), b (s32) and c (u64) of a call. */
const PARAMETERS = { a: 16, b: 20, c: 24, end: 64 };
const CONTEXT = { xdp: { data: 0, end: 4 }, sched_cls: { data: 76, end: 80 } } as const;

/** A program that begins with r6 = context, r7 = a, r8 = b, r9 = c, and returns r0. */
export function withParameters(type: ProgramType, directives: string, body: string, functions = ''): BpfObject {
  const { data, end } = CONTEXT[type];
  return assemble(`
    ${directives}
    .program main ${type}
      r6 = r1
      r0 = 99
      r2 = *(u32 *)(r1 +${data})
      r3 = *(u32 *)(r1 +${end})
      r4 = r2
      r4 += ${PARAMETERS.end}
      if r4 > r3 goto out
      r7 = *(s32 *)(r2 +${PARAMETERS.a})
      r8 = *(s32 *)(r2 +${PARAMETERS.b})
      r9 = *(u64 *)(r2 +${PARAMETERS.c})
      ${body}
    out:
      exit
    ${functions}
  `);
}

export interface Parameters {
  readonly a: number;
  readonly b: number;
  readonly c: bigint;
}

/** A frame with the parameters in it and anything around them. */
export function frameWith({ a, b, c }: Parameters, filling: Uint8Array): Uint8Array {
  const frame = filling.slice();
  const view = new DataView(frame.buffer);
  view.setInt32(PARAMETERS.a, a, true);
  view.setInt32(PARAMETERS.b, b, true);
  view.setBigUint64(PARAMETERS.c, c, true);
  return frame;
}

export const filling = fc.uint8Array({ minLength: PARAMETERS.end, maxLength: 300, size: 'max' });
export const any32 = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
export const any64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
export const zero = fc.constant(0);
export const between = (min: number, max: number) => fc.integer({ min, max });

export interface HelperCase {
  readonly name: string;
  readonly object: BpfObject;
  readonly a: fc.Arbitrary<number>;
  readonly b?: fc.Arbitrary<number>;
  readonly c?: fc.Arbitrary<bigint>;
  readonly prepare?: (loaded: LoadedObject) => void;
  /** Frames that are sent, where it takes more than a few to get there. */
  readonly frames?: number;
}

/** Puts bytes 1 to 64 on the stack, at r10-64. */
export const FILL_STACK = Array.from({ length: 8 }, (_, i) => {
  const low = Array.from({ length: 4 }, (_, k) => (8 * i + 3 - k + 1).toString(16).padStart(2, '0')).join('');
  const high = Array.from({ length: 4 }, (_, k) => (8 * i + 7 - k + 1).toString(16).padStart(2, '0')).join('');
  return `r1 = 0x${high}${low} ll\n*(u64 *)(r10 ${8 * i - 64}) = r1`;
}).join('\n');

/** Stores the result and the stack's 64 bytes to the map `seen`. */
export const SEEN = '.map seen array value 72 entries 1';
export const STORE_SEEN = `r1 = map[seen][0]+0
  *(u64 *)(r1 +64) = r0
  ${Array.from({ length: 8 }, (_, i) => `r2 = *(u64 *)(r10 ${8 * i - 64})\n*(u64 *)(r1 +${8 * i}) = r2`).join('\n')}`;

/** Writes to the packet's first bytes where they are: its pointers are new after a helper that moved it. */
export function mark(type: ProgramType): string {
  const { data, end } = CONTEXT[type];
  return `r2 = *(u32 *)(r6 +${data})
    r3 = *(u32 *)(r6 +${end})
    r4 = r2
    r4 += 2
    if r4 > r3 goto out
    *(u16 *)(r2 +0) = 0x55aa`;
}
